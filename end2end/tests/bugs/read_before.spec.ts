// A decision is bound to what was read: what changes on its way to the server is told, and looked at again.
import * as inbox from "../pages/inbox.ts";
import * as library from "../pages/library.ts";
import * as need from "../pages/need.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, synced, waiting } from "../pages/site.ts";
import { Client, needOf, publish } from "../support/api.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const title = "村口路灯 12 盏";
const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

test("an officer agrees without a network to twelve lamps; what has become an office building is not published", async ({ device, server }) => {
  const village = await sign(server.url, people.village);
  const wish = needOf(title, 12);
  wish.content.urgent = true;
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  const page = await device("county").open();
  await signIn(page, people.county);
  await inbox.openNeed(page, title);
  await synced(page);
  await server.stop();
  await page.context().setOffline(true);
  await inbox.publish(page);
  await waiting(page, 1);

  await server.start();
  const items = [{ no: 1, name: "办公楼", quantity: 300_000_000, unit: "fen" }];
  expect((await village.does("EditNeed", { need: wish.need, content: { ...wish.content, items } })).verdict).toBe("applied");
  await page.context().setOffline(false);
  await synced(page);
  await goTo(page, "我的");
  await page.getByRole("link", { name: /同步/ }).first().click();
  const refusal = page.getByTestId("rejected");
  await expect(refusal).toContainText("“路灯 12 盏”改成了“办公楼 300 万元”");
  await expect(refusal).toContainText("请再看一遍");
  await refusal.getByRole("link", { name: "再看一遍" }).click();
  await expect(need.state(page)).toContainText("待审核");
  await expect(page.getByRole("main")).toContainText("办公楼");
});

test("twelve lamps taken without a network are not twelve coaches; the need is looked at and taken again", async ({ device, server }) => {
  const [village, county, department] = await Promise.all([people.village, people.county, people.otherDepartment].map((p) => sign(server.url, p)));
  const wish = needOf(title, 12);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, title);
  await synced(page);
  await server.stop();
  await page.context().setOffline(true);
  await need.take(page, "路灯", 12, "offline");

  await server.start();
  const items = [{ no: 1, name: "大客车", quantity: 12, unit: "辆" }];
  expect((await village.does("EditNeed", { need: wish.need, content: { ...wish.content, items } })).verdict).toBe("applied");
  await page.context().setOffline(false);
  await synced(page);
  await expect(need.rejection(page)).toContainText("“路灯 12 盏”改成了“大客车 12 辆”");
  await need.rejection(page).getByRole("button", { name: "看过了，再接" }).click();
  await expect(page.getByRole("dialog")).toContainText("大客车，还剩 12 辆");
});

test("the village changes the need while an organization fills in the sheet: what changed is named, and nothing is taken before it was read", async ({ device, server }) => {
  const [village, county, department] = await Promise.all([people.village, people.county, people.otherDepartment].map((p) => sign(server.url, p)));
  const wish = needOf(title, 12);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const page = await device("organization").open(`/needs/${wish.need}`);
  await signIn(page, people.organization);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const amount = sheet.locator(".stepper").getByRole("textbox");
  const send = sheet.getByRole("button", { name: "接单", exact: true });
  await amount.fill("6");
  await sheet.getByLabel("你们的电话").fill("13800000009");
  await expect(send).toBeEnabled();

  const items = [{ no: 1, name: "路灯", quantity: 30, unit: "盏" }];
  expect((await village.does("EditNeed", { need: wish.need, content: { ...wish.content, items } })).verdict).toBe("applied");
  const note = sheet.getByRole("alert").filter({ hasText: "村里刚改了这条" });
  await expect(note).toContainText("要什么");
  await expect(note).toContainText("路灯 12 盏");
  await expect(note).toContainText("路灯 30 盏");
  await expect(send).toBeDisabled();
  await send.click({ force: true });
  await expect(sheet).toBeVisible();
  await waiting(page, 0);
  const pledges = async () => (await village.rows("need")).find((row) => row.id === wish.need)!.body.pledges ?? [];
  expect(await pledges()).toEqual([]);

  // Read, the sheet is for the need as it is now, with what was typed; and it is taken.
  await note.getByRole("button", { name: "改动看过了" }).click();
  await expect(note).toHaveCount(0);
  await expect(sheet).toContainText("路灯，还剩 30 盏");
  await expect(amount).toHaveValue("6");
  await expect(sheet.getByLabel("你们的电话")).toHaveValue("13800000009");
  await expect(send).toBeEnabled();
  await send.click();
  await expect(sheet).toBeHidden();
  await expect.poll(async () => (await pledges()).length).toBe(1);
});
