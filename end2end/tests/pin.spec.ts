// A PIN on a shared phone: what is stored is sealed, opens without a network, and is never lost with the PIN.
import type { Page } from "@playwright/test";
import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced, title as heading, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { Client } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "戏台边要装两盏灯";
const pin = "790214";

async function setPin(page: Page, to = pin): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/settings`);
  await ready(page);
  await page.getByRole("button", { name: "设 PIN" }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet).toContainText("挡不住");
  await sheet.getByRole("textbox", { name: "登录密码" }).or(sheet.getByLabel("登录密码")).first().fill(people.password);
  await sheet.getByLabel("6 位 PIN").fill(to);
  await sheet.getByLabel("再写一遍").fill(to);
  await sheet.getByRole("button", { name: "设好" }).click();
  await expect(page.getByText("已经设了 PIN")).toBeVisible();
}

async function unlock(page: Page, typed = pin): Promise<void> {
  await page.getByLabel("请输入 6 位 PIN").fill(typed);
}

/** Whether any value of this browser's databases holds these words as they are. */
function found(page: Page, words: string): Promise<boolean> {
  return page.evaluate(async (words) => {
    for (const { name } of await indexedDB.databases()) {
      const db = await new Promise<IDBDatabase>((done, fail) => {
        const request = indexedDB.open(name!);
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
      for (const store of db.objectStoreNames) {
        const values = await new Promise<any[]>((done) => {
          const request = db.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => done(request.result);
        });
        for (const value of values) {
          if (value instanceof Uint8Array && new TextDecoder().decode(value).includes(words)) {
            db.close();
            return true;
          }
        }
      }
      db.close();
    }
    return false;
  }, words);
}

test("with a PIN what is stored is sealed, opens without a network, and unsent work goes out later", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  expect(await found(page, title)).toBe(true);
  await server.start();
  // The need goes out meanwhile; another one is written after it, and stays.
  await setPin(page);
  await page.goto(`${phone.url}/`);
  await page.getByTestId("locked").waitFor();
  expect(await found(page, "路灯")).toBe(false);
  await unlock(page);
  await ready(page);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
  await synced(page);

  await server.stop();
  const second = "老水渠垮了一段";
  await village.newNeed(page);
  await form.write(page, form.lamps(second));
  await form.send(page);
  await waiting(page, 1);
  expect(await found(page, second)).toBe(false);

  // The browser is closed, and there is no network: the PIN opens everything, the work still waits.
  await phone.close();
  const again = await phone.open("/");
  await again.getByTestId("locked").waitFor();
  await unlock(again, "135790");
  await expect(again.getByRole("alert").filter({ hasText: "还能试 9 次" })).toBeVisible();
  await expect(again.getByText(second)).toHaveCount(0);
  await unlock(again);
  await ready(again);
  await expect(village.needCard(again, second)).toBeVisible();
  await waiting(again, 1);

  // Handed over without a network, and back with the PIN.
  await again.goto(`${phone.url}/settings`);
  await unlock(again);
  await ready(again);
  await again.getByRole("button", { name: "换个人用这台设备" }).click();
  await again.getByRole("dialog").getByRole("button", { name: "换人" }).click();
  await expect(again.getByRole("heading", { name: "你是哪一位？" })).toBeVisible();
  await again.getByRole("button", { name: /杨秀英/ }).click();
  await unlock(again);
  await ready(again);
  await server.start();
  await again.goto(`${phone.url}/`);
  await unlock(again);
  await ready(again);
  // The session ended with the handing over; the password begins another one, and the work goes out.
  const ended = again.getByRole("link", { name: "登录已过期，请重新登录" });
  await ended.or(again.locator("[data-testid=sync-line][data-state=on]")).waitFor();
  if (await ended.isVisible()) {
    await ended.click();
    await again.getByRole("textbox", { name: "手机号" }).fill(people.village);
    await again.getByRole("textbox", { name: "密码" }).fill(people.password);
    await again.getByRole("button", { name: "登录" }).click();
    await ready(again);
  }
  await synced(again);
  const client = await Client.signIn(server.url, people.village, people.password);
  expect((await client.rows("need")).map((row) => row.body.content.title)).toContain(second);
});

test("ten wrong PINs take the key away, and the password brings everything back", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await setPin(page);
  await server.stop();
  await page.goto(`${phone.url}/`);
  await unlock(page);
  await ready(page);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  await page.goto(`${phone.url}/`);
  await page.getByTestId("locked").waitFor();
  // Time passes between the tries as their pauses ask for.
  await page.clock.install({ time: new Date() });
  for (let n = 1; n <= 9; n += 1) {
    await unlock(page, `13579${n % 10}`);
    await expect(page.getByRole("alert").filter({ hasText: `还能试 ${10 - n} 次` })).toBeVisible();
    if (n >= 5) {
      await unlock(page);
      await expect(page.getByRole("alert").filter({ hasText: "试得太多了" })).toBeVisible();
      await page.clock.fastForward(65 * 60_000);
    }
  }
  await unlock(page, "864209");
  await expect(page.getByTestId("pin-gone")).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);
  await server.start();
  await page.getByRole("button", { name: "用密码登录" }).click();
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await page.goto(`${phone.url}/`);
  await page.getByTestId("pin-gone").or(village.needCard(page, title)).first().waitFor();
  if (await page.getByTestId("pin-gone").isVisible()) {
    await page.getByRole("button", { name: "用密码登录" }).click();
    await page.getByRole("textbox", { name: "密码" }).fill(people.password);
    await page.getByRole("button", { name: "登录" }).click();
    await ready(page);
  }
  await expect(village.needCard(page, title)).toContainText("县里已收到");
});

test("two people with a PIN each on one phone: neither PIN opens the other's", async ({ device, server }) => {
  const phone = device("shared");
  const page = await phone.open();
  await signIn(page, people.village);
  await setPin(page);
  await page.getByRole("button", { name: "换个人用这台设备" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "换人" }).click();
  await page.getByRole("textbox", { name: "手机号" }).fill(people.otherVillage);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await setPin(page, "135792");
  await server.stop();
  await page.getByRole("button", { name: "马上锁上" }).click();
  await page.getByTestId("locked").waitFor();
  await unlock(page, pin);
  await expect(page.getByRole("alert").filter({ hasText: "还能试 9 次" })).toBeVisible();
  await page.getByRole("button", { name: "换个人" }).click();
  await page.getByRole("button", { name: /杨秀英/ }).click();
  await expect(page.getByRole("heading", { name: "杨秀英" })).toBeVisible();
  await unlock(page, "135792");
  await expect(page.getByRole("alert").filter({ hasText: "还能试 9 次" })).toBeVisible();
  await unlock(page, pin);
  await ready(page);

  // Turned off: it opens without being asked, and what is stored can be read again.
  await page.goto(`${phone.url}/settings`);
  await unlock(page);
  await ready(page);
  await page.getByRole("button", { name: "不用 PIN 了" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "不用了" }).click();
  await expect(page.getByRole("button", { name: "设 PIN" })).toBeVisible();
  await page.goto(`${phone.url}/`);
  await ready(page);

  // The second person's session is still the browser's, since there was no network to end it: it opens nothing of theirs.
  await server.start();
  await page.reload();
  await expect(page.getByRole("link", { name: "这台设备现在登录的是别人" })).toBeVisible();
  await expect(heading(page)).toHaveText("木脚村");
});

test("a PIN set or taken off in one tab stops the other one, and nothing unsent is lost", async ({ device, server }) => {
  const phone = device("village");
  const one = await phone.open();
  await signIn(one, people.village);
  await server.stop();
  const two = await phone.another("/");
  await ready(two);
  await village.newNeed(two);
  await form.write(two, form.lamps(title));
  await form.send(two);
  await waiting(two, 1);
  await server.start();
  await synced(two);

  await setPin(one);
  await expect(two.getByTestId("ended")).toContainText("没发出的内容都还在");
  await two.getByRole("button", { name: "重新打开" }).click();
  await two.getByTestId("locked").waitFor();
  await unlock(two);
  await ready(two);
  await server.stop();
  const second = "老水渠垮了一段";
  await village.newNeed(two);
  await form.write(two, form.lamps(second));
  await form.send(two);
  await waiting(two, 1);

  await one.getByRole("button", { name: "不用 PIN 了" }).click();
  await one.getByRole("dialog").getByRole("button", { name: "不用了" }).click();
  await expect(one.getByRole("button", { name: "设 PIN" })).toBeVisible();
  await expect(two.getByTestId("ended")).toContainText("没发出的内容都还在");
  await two.getByRole("button", { name: "重新打开" }).click();
  await ready(two);
  await expect(village.needCard(two, second)).toBeVisible();
  await waiting(two, 1);
  await server.start();
  await synced(two);
  const client = await Client.signIn(server.url, people.village, people.password);
  expect((await client.rows("need")).map((row) => row.body.content.title)).toEqual(expect.arrayContaining([title, second]));
});
