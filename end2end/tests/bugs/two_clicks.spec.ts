// Fingers that are faster than eyes: one tap, one key and one click decide one thing, and a decision can be recalled before it is sent.
import type { Locator, Page } from "@playwright/test";
import * as inbox from "../pages/inbox.ts";
import * as library from "../pages/library.ts";
import * as need from "../pages/need.ts";
import { signIn, signInAgainIfAsked, signInIfAsked } from "../pages/sign_in.ts";
import { goTo, ready, synced, syncLine, waiting } from "../pages/site.ts";
import { Client, deliver, needOf, publish } from "../support/api.ts";
import { computer, phone } from "../support/device.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

async function middle(button: Locator): Promise<[number, number]> {
  const box = (await button.boundingBox())!;
  return [box.x + box.width / 2, box.y + box.height / 2];
}

/** How many departments have agreed to each of these needs, as the server knows it. */
async function agreed(client: Client, needs: string[]): Promise<number[]> {
  const rows = await client.rows("need");
  return needs.map((id) => rows.find((row) => row.id === id)!.body.opinions?.length ?? 0);
}

async function three(url: string, urgent = true): Promise<string[]> {
  const village = await sign(url, people.village);
  const wishes = ["甲", "乙", "丙"].map((which) => needOf(`${which}：连着来的三条`, 3));
  for (const wish of wishes) {
    wish.content.urgent = urgent;
    expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  }
  return wishes.map((wish) => wish.need);
}

for (const [name, screen] of [["phone", phone], ["computer", computer]] as const) {
  test(`a second tap where the next need has come under the finger decides nothing, on a ${name}`, async ({ device, server }) => {
    const needs = await three(server.url);
    const page = await device("county", { screen }).open();
    await signIn(page, people.county);
    await inbox.openNeed(page, "甲：连着来的三条");
    await expect(inbox.agreeButton(page)).toBeEnabled();
    const [x, y] = await middle(inbox.agreeButton(page));
    await page.mouse.dblclick(x, y);
    await expect(inbox.heading(page)).toHaveText("乙：连着来的三条");
    await page.mouse.click(x, y);
    await page.mouse.click(x, y);
    // It has stood still for long enough, and nothing was decided on it.
    await expect(inbox.agreeButton(page)).toBeEnabled();
    await expect(inbox.heading(page)).toHaveText("乙：连着来的三条");
    await waiting(page, 0);
    await synced(page);
    const officer = await sign(server.url, people.county);
    expect(await agreed(officer, needs)).toEqual([1, 0, 0]);
  });
}

test("a key that is held down decides once", async ({ device, server }) => {
  const needs = await three(server.url);
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await inbox.openNeed(page, "甲：连着来的三条");
  await expect(inbox.agreeButton(page)).toBeEnabled();
  await page.keyboard.down("a");
  await expect(inbox.heading(page)).toHaveText("乙：连着来的三条");
  await expect(inbox.agreeButton(page)).toBeEnabled();
  for (let n = 0; n < 25; n += 1) await page.keyboard.down("a");
  await page.keyboard.up("a");
  await expect(inbox.heading(page)).toHaveText("乙：连着来的三条");
  await waiting(page, 0);
  const officer = await sign(server.url, people.county);
  expect(await agreed(officer, needs)).toEqual([1, 0, 0]);
});

test("a double click on 确认 confirms once and leaves nothing behind", async ({ device, server }) => {
  const title = "双击确认的一条";
  const { village } = await delivered(server.url, title);
  const page = await device("village").open();
  await signIn(page, people.village);
  await page.getByTestId("need-card").filter({ hasText: title }).click();
  const confirm = page.getByRole("button", { name: "确认做到了" });
  await expect(confirm).toBeEnabled();
  const [x, y] = await middle(confirm);
  await page.mouse.dblclick(x, y);
  await page.mouse.dblclick(x, y);
  await expect(confirm).toHaveCount(0);
  await expect(page.getByRole("main")).toContainText("你点了“确认做到了”");
  await synced(page);
  await page.goto(new URL("/sync", page.url()).href);
  await expect(page.getByTestId("waiting")).toContainText("都发出了");
  await expect(page.getByTestId("rejected")).toHaveCount(0);
  const order = (await village.rows("order")).find((row) => row.body.need_title === title)!;
  expect(Object.keys(order.body.state)).toEqual(["confirmed"]);
});

test("Enter in a field takes nothing, withdraws nothing and reports nothing", async ({ device, server }) => {
  const title = "回车不接的一条";
  const [village, county, department] = await Promise.all([people.village, people.county, people.otherDepartment].map((p) => sign(server.url, p)));
  const wish = needOf(title, 12);
  await village.does("PostNeed", wish);
  await publish([county, department], wish.need);
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, title);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = page.getByRole("dialog");
  await expect(sheet.getByRole("button", { name: "接单", exact: true })).toBeEnabled();
  for (const field of ["打算什么时候交到村里", "你们的联系人", "你们的电话"]) {
    await sheet.getByLabel(field).focus();
    await page.keyboard.press("Enter");
  }
  await sheet.locator(".stepper").getByRole("textbox").press("Enter");
  await expect(sheet).toBeVisible();
  await waiting(page, 0);
  expect((await village.rows("need")).find((row) => row.id === wish.need)!.body.pledges ?? []).toEqual([]);
});

test("知道了 puts away the refusal that was read, not the one that slid under the finger", async ({ device, server }) => {
  const village = await sign(server.url, people.village);
  const needs = await three(server.url);
  const page = await device("county").open();
  await signIn(page, people.county);
  await server.stop();
  for (const which of ["甲", "乙"]) {
    await page.goto(new URL("/inbox", page.url()).href);
    await ready(page);
    await inbox.openNeed(page, `${which}：连着来的三条`);
    await inbox.publish(page);
  }
  await waiting(page, 2);
  await page.context().setOffline(true);
  await server.start();
  for (const need of needs.slice(0, 2)) {
    expect((await village.does("WithdrawNeed", { need, reason: "mistake" })).verdict).toBe("applied");
  }
  await page.context().setOffline(false);
  await synced(page);
  await page.goto(new URL("/sync", page.url()).href);
  const known = page.getByTestId("rejected").getByRole("button", { name: "知道了" });
  await expect(known).toHaveCount(2);
  await expect(known.first()).toBeEnabled();
  const [x, y] = await middle(known.first());
  await page.mouse.dblclick(x, y);
  await page.mouse.click(x, y);
  await expect(known).toHaveCount(1);
  await page.mouse.click(x, y);
  await expect(known.first()).toBeEnabled();
  await expect(known).toHaveCount(1);
});

test("a decision is recalled before it is sent, with its words, and one that is not is sent even from a killed browser", async ({ device, server }) => {
  const [first, second] = await three(server.url);
  const here = device("county");
  let page = await here.open();
  await signIn(page, people.county);
  await inbox.openNeed(page, "甲：连着来的三条");
  await page.getByRole("textbox", { name: /^意见/ }).fill("先装村口");
  // Every word of the line under the title, from now on.
  await page.evaluate(() => {
    const line = document.querySelector("[data-testid=sync-line]")!;
    const said: string[] = ((window as any).lineSaid = []);
    new MutationObserver(() => said.push(line.textContent ?? "")).observe(line, { subtree: true, childList: true, characterData: true });
  });
  await inbox.publish(page);
  await expect(syncLine(page)).toContainText("1 条几秒后发送");
  await inbox.said(page).getByRole("button", { name: "撤销" }).click();
  // The need is open again, as it was.
  await expect(inbox.heading(page)).toHaveText("甲：连着来的三条");
  await expect(page.getByRole("textbox", { name: /^意见/ })).toHaveValue("先装村口");
  await waiting(page, 0);
  // What can still be recalled is not said to be on its way.
  expect((await page.evaluate(() => (window as any).lineSaid as string[])).filter((words) => words.includes("正在发送"))).toEqual([]);
  const officer = await sign(server.url, people.county);
  expect(await agreed(officer, [first])).toEqual([0]);
  // It can be decided again, and what follows a recalled decision is sent too.
  await inbox.publish(page);
  await expect.poll(() => agreed(officer, [first]), { timeout: 20_000 }).toEqual([1]);
  await synced(page);

  await inbox.openNeedByAddress(page, second);
  await inbox.publish(page);
  await waiting(page, 1);
  await here.crash();
  page = await here.open();
  await signInIfAsked(page, people.county);
  await signInAgainIfAsked(page, people.county);
  await ready(page);
  await expect.poll(() => agreed(officer, [second]), { timeout: 20_000 }).toEqual([1]);
});

/** A need of which everything was delivered, with reports, and waits for the village. */
async function delivered(url: string, title: string): Promise<{ village: Client; need: string; order: string }> {
  const [village, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((p) => sign(url, p)),
  );
  const wish = needOf(title, 8);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  return { village, need: wish.need, order: await deliver(member, wish.need, 8) };
}
