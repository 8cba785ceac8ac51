// What is open stays open while others act, and every text that a person types is a draft until it is sent.
import { randomUUID } from "node:crypto";
import * as inbox from "../pages/inbox.ts";
import * as library from "../pages/library.ts";
import * as order from "../pages/order.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, synced } from "../pages/site.ts";
import { Client, deliver, inDays, needOf, publish } from "../support/api.ts";
import { computer } from "../support/device.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const title = "正在看的这一条";
const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

async function posted(url: string): Promise<{ village: Client; wish: ReturnType<typeof needOf> }> {
  const village = await sign(url, people.village);
  const wish = needOf(title, 12);
  wish.content.urgent = true;
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  return { village, wish };
}

test("a colleague decides in the middle of a remark: the need stays, says so, and the remark is there", async ({ device, server }) => {
  const { wish } = await posted(server.url);
  const colleague = await sign(server.url, people.otherDepartment);
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await inbox.openNeed(page, title);
  const remark = page.getByRole("textbox", { name: /^意见/ });
  await remark.fill("建议先装小学门口的");

  const opinion = { return: { reason: "unclear", words: "请写清装在哪一段路" } };
  expect((await colleague.does("ScreenNeed", { need: wish.need, opinion })).verdict).toBe("applied");
  await expect(inbox.opened(page)).toContainText("乡村振兴部门刚才把这条退回了：请写清装在哪一段路");
  await expect(inbox.heading(page)).toHaveText(title);
  await expect(inbox.opened(page)).toContainText("建议先装小学门口的");
  await expect(inbox.agreeButton(page)).toHaveCount(0);
  // The officer goes on when they want to.
  await inbox.opened(page).getByRole("button", { name: "看下一条" }).click();
  await expect(inbox.heading(page)).not.toHaveText(title);
  await expect(remark).toHaveValue("");
});

test("a wide screen without an address keeps the need it shows, whatever becomes of the list", async ({ device, server }) => {
  await posted(server.url);
  const colleague = await sign(server.url, people.otherDepartment);
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  const picked = page.locator(".pick[aria-current]");
  const need = (await picked.getAttribute("id"))!.replace("pick-", "");
  const here = (await inbox.heading(page).textContent())!;
  await page.getByRole("textbox", { name: /^意见/ }).fill("写到一半的意见");
  const opinion = { return: { reason: "unclear", words: "请写清" } };
  expect((await colleague.does("ScreenNeed", { need, opinion })).verdict).toBe("applied");
  await expect(page.locator(`#pick-${need}`)).toHaveCount(0);
  await expect(inbox.heading(page)).toHaveText(here);
  await expect(inbox.opened(page)).toContainText("写到一半的意见");
});

test("the village changes the need under the officer's eyes: what changed is shown, and nothing is decided before it was read", async ({ device, server }) => {
  const { village, wish } = await posted(server.url);
  const page = await device("county").open();
  await signIn(page, people.county);
  await inbox.openNeed(page, title);
  const remark = page.getByRole("textbox", { name: /^意见/ });
  await remark.fill("同意装路灯");
  const content = { ...wish.content, items: [{ no: 1, name: "办公楼", quantity: 300_000_000, unit: "fen" }] };
  expect((await village.does("EditNeed", { need: wish.need, content })).verdict).toBe("applied");
  const note = inbox.opened(page).getByRole("alert").filter({ hasText: "村里刚改了这条" });
  await expect(note).toContainText("路灯 12 盏");
  await expect(note).toContainText("办公楼");
  await expect(inbox.opened(page).getByRole("button", { name: "先看改动" })).toBeDisabled();
  await expect(remark).toHaveValue("同意装路灯");
  await note.getByRole("button", { name: "改动看过了" }).click();
  await expect(inbox.agreeButton(page)).toBeEnabled();
  await expect(remark).toHaveValue("同意装路灯");
});

test("a colleague reports the order as done while a report is being written: the form stays, and so does the text", async ({ device, server }) => {
  const { village, wish } = await posted(server.url);
  const [county, department, member] = await Promise.all([people.county, people.otherDepartment, people.organization].map((p) => sign(server.url, p)));
  await publish([county, department], wish.need);
  const id = randomUUID();
  const contact = { name: "陈小玲", phone: "13800000003" };
  expect((await member.does("TakeOrder", { order: id, need: wish.need, lines: [{ item: 1, quantity: 2 }], due: inDays(20), contact })).verdict).toBe("applied");
  const page = await device("organization").open(`/orders/${id}`);
  await signIn(page, people.organization);
  await page.getByRole("button", { name: "写进展" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "做了什么" }).fill("两盏灯的基础都挖好了");
  await sheet.getByRole("textbox", { name: "支出（元）" }).fill("860");

  expect((await member.does("MarkDelivered", { order: id, note: "" })).verdict).toBe("applied");
  await expect(sheet.getByRole("alert")).toContainText("等村里确认");
  await expect(sheet.getByRole("textbox", { name: "做了什么" })).toHaveValue("两盏灯的基础都挖好了");
  await expect(sheet.getByRole("button", { name: "发给村里" })).toBeDisabled();
  await page.keyboard.press("Escape");

  // The village does not agree; the report is written on from where it was.
  expect((await village.does("DisputeDelivery", { order: id, reason: "灯还没有亮" })).verdict).toBe("applied");
  await expect(order.state(page)).toContainText("村里");
  await page.reload();
  await ready(page);
  await page.getByRole("button", { name: "写进展" }).click();
  await expect(sheet.getByRole("textbox", { name: "做了什么" })).toHaveValue("两盏灯的基础都挖好了");
  await expect(sheet.getByRole("textbox", { name: "支出（元）" })).toHaveValue("860");
  await sheet.getByRole("button", { name: "发给村里" }).click();
  await expect(sheet).toBeHidden();
  await synced(page);
  // What was sent is no draft any more.
  await page.getByRole("button", { name: "写进展" }).click();
  await expect(sheet.getByRole("textbox", { name: "做了什么" })).toHaveValue("");
});

test("every text is a draft: a remark, a return, name and telephone, a dispute", async ({ device, server }) => {
  const { wish } = await posted(server.url);
  const officer = await device("county").open();
  await signIn(officer, people.county);
  await inbox.openNeed(officer, title);
  await officer.getByRole("textbox", { name: /^意见/ }).fill("先装村口");
  await officer.getByRole("button", { name: "退回" }).click();
  await officer.getByRole("dialog").getByRole("textbox", { name: "请村里怎么改" }).fill("请写清路段");
  await officer.reload();
  await ready(officer);
  await expect(officer.getByRole("textbox", { name: /^意见/ })).toHaveValue("先装村口");
  await officer.getByRole("button", { name: "退回" }).click();
  await expect(officer.getByRole("dialog").getByRole("textbox", { name: "请村里怎么改" })).toHaveValue("请写清路段");
  // The first tap on a choice counts, whatever was put back beside it.
  await officer.getByRole("dialog").getByRole("radio").first().check();

  const [county, department, member] = await Promise.all([people.county, people.otherDepartment, people.otherOrganization].map((p) => sign(server.url, p)));
  await publish([county, department], wish.need);
  const taker = await device("organization").open();
  await signIn(taker, people.organization);
  await goTo(taker, "项目库");
  await library.openNeed(taker, title);
  await taker.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = taker.getByRole("dialog");
  await sheet.getByLabel("你们的联系人").fill("陈小玲");
  await sheet.getByLabel("你们的电话").fill("13800000009");
  await sheet.getByRole("button", { name: /^减少/ }).click();
  const amount = await sheet.locator(".stepper").getByRole("textbox").inputValue();
  await taker.reload();
  await ready(taker);
  await taker.getByRole("button", { name: "接单", exact: true }).click();
  await expect(sheet.getByLabel("你们的联系人")).toHaveValue("陈小玲");
  await expect(sheet.getByLabel("你们的电话")).toHaveValue("13800000009");
  await expect(sheet.locator(".stepper").getByRole("textbox")).toHaveValue(amount);

  await deliver(member, wish.need, 4);
  const cadre = await device("village").open(`/needs/${wish.need}`);
  await signIn(cadre, people.village);
  await cadre.getByRole("button", { name: "没有做到" }).click();
  await cadre.getByRole("dialog").getByRole("textbox", { name: "哪里没有做到" }).fill("还差一盏");
  await cadre.reload();
  await ready(cadre);
  await cadre.getByRole("button", { name: "没有做到" }).click();
  await expect(cadre.getByRole("dialog").getByRole("textbox", { name: "哪里没有做到" })).toHaveValue("还差一盏");
});
