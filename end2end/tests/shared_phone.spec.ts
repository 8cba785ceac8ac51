// Several people on one phone: each finds their own, and nothing of anybody else's.
import type { Page } from "@playwright/test";
import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { Client } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "水塔边要装三盏灯";

/** Hands the phone to somebody else. */
async function handOver(page: Page): Promise<void> {
  await page.goto(`${new URL(page.url()).origin}/settings`);
  await ready(page);
  await page.getByRole("button", { name: "换个人用这台设备" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "换人" }).click();
  await expect(page.getByRole("heading", { name: "你是哪一位？" })).toBeVisible();
}

/** Everything that the databases of this browser hold under a person's name, as text. */
function stored(page: Page, user: string): Promise<string> {
  return page.evaluate(async (user) => {
    const names = (await indexedDB.databases()).map((d) => d.name!).filter((name) => name.includes(user));
    const all: string[] = [];
    for (const name of names) {
      const db = await new Promise<IDBDatabase>((done, fail) => {
        const request = indexedDB.open(name);
        request.onsuccess = () => done(request.result);
        request.onerror = () => fail(request.error);
      });
      for (const store of db.objectStoreNames) {
        const values = await new Promise<any[]>((done) => {
          const request = db.transaction(store).objectStore(store).getAll();
          request.onsuccess = () => done(request.result);
        });
        all.push(...values.map((value) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : JSON.stringify(value))));
      }
      db.close();
    }
    return all.join("\n");
  }, user);
}

test("the second person sees nothing of the first one, whose work waits and goes out when they are back", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  await handOver(page);
  const first = page.getByRole("button", { name: /杨秀英/ });
  await expect(first).toContainText("1 条没发出");

  // Without a network and without a PIN: it is said that a network is needed, and nothing opens.
  await first.click();
  await expect(page.getByTestId("chosen")).toContainText("1 条没发出的内容还在");
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await expect(page.getByRole("alert").filter({ hasText: "要有网络" })).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("heading", { name: "你是哪一位？" })).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);

  // A colleague signs in: their own, and nothing of the first one's, not in their databases either.
  await server.start();
  await page.getByRole("textbox", { name: "手机号" }).fill(people.otherVillage);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await synced(page);
  await expect(village.needCard(page, title)).toHaveCount(0);
  const other = await Client.signIn(server.url, people.otherVillage, people.password);
  const own = await Client.signIn(server.url, people.village, people.password);
  expect((await other.rows("need")).map((row) => row.body.content.title)).not.toContain(title);
  expect(await stored(page, other.profile.actor.user)).not.toContain(title);
  expect(await stored(page, own.profile.actor.user)).toContain(title);

  // And back: the first one's work is there, and goes out as theirs.
  await handOver(page);
  await page.getByRole("button", { name: /杨秀英/ }).click();
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await page.goto(`${phone.url}/`);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
  await synced(page);
});

test("a name is taken from the list, and a second tab stops when the phone is handed over", async ({ device }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  const second = await phone.another("/");
  await ready(second);
  await handOver(page);
  await expect(second.getByTestId("ended")).toContainText("换人用了");
  await page.getByRole("button", { name: "从这里去掉名字" }).click();
  await page.getByRole("button", { name: "去掉杨秀英" }).click();
  await expect(page.getByRole("heading", { name: "你是哪一位？" })).toHaveCount(0);
  await page.reload();
  await expect(page.getByRole("textbox", { name: "手机号" })).toBeVisible();
  await expect(page.getByText("杨秀英")).toHaveCount(0);
  expect(await page.evaluate(() => JSON.stringify({ ...localStorage }))).not.toContain(people.village);
});
