// One form, two tabs: each form and each sheet is written in one tab, a new one is a new one, and nothing that was typed is lost.
import { randomUUID } from "node:crypto";
import type { Locator, Page } from "@playwright/test";
import * as inbox from "../pages/inbox.ts";
import * as form from "../pages/need_form.ts";
import { enter } from "../pages/sign_in.ts";
import { ready } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import { Client, deliver, inDays, needOf, publish } from "../support/api.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const title = (page: Page) => page.getByRole("textbox", { name: "需要什么（一句话）" });

/** Types as soon as the field takes it: a form is disabled until it is known which tab writes it, and its keys would go nowhere. */
async function type(field: Locator, words: string): Promise<void> {
  await expect(field).toBeEnabled();
  await field.pressSequentially(words);
}

test("a second tab begins a new need, and both arrive", async ({ device }) => {
  const phone = device("village");
  const one = await phone.open();
  await enter(one, people.village);
  await village.newNeed(one);
  await form.write(one, form.lamps("第一个窗口写的路灯"));
  await form.saved(one);

  const two = await phone.another("/needs/new");
  await ready(two);
  await expect(two.getByTestId("form-another")).toContainText("第一个窗口写的路灯");
  await expect(title(two)).toHaveValue("");
  await form.write(two, form.lamps("村小要接自来水"));
  await form.send(two);
  await expect(village.needCard(two, "村小要接自来水")).toContainText("县里已收到");

  await expect(title(one)).toHaveValue("第一个窗口写的路灯");
  await form.send(one);
  for (const words of ["第一个窗口写的路灯", "村小要接自来水"]) {
    await expect(village.needCard(one, words)).toContainText("县里已收到");
  }
});

test("a form that is open elsewhere says so, can be taken over, and nothing is lost", async ({ device }) => {
  const phone = device("village");
  const one = await phone.open();
  await enter(one, people.village);
  await village.newNeed(one);
  await type(title(one), "写到一半的路灯");

  const two = await phone.another("/needs/new");
  await two.getByTestId("form-another").getByRole("link").click();
  await expect(two.getByTestId("form-elsewhere")).toBeVisible();
  await type(title(one), "，还在写");
  await two.getByRole("button", { name: "在这里接着写" }).click();
  await expect(title(two)).toHaveValue("写到一半的路灯，还在写");
  await expect(one.getByTestId("form-moved")).toBeVisible();
  await expect(one.getByRole("button", { name: "发给县里审核" })).toBeDisabled();
  await expect(title(one)).toHaveValue("写到一半的路灯，还在写");

  await form.write(two, form.lamps("在第二个窗口写完的路灯"));
  await form.saved(two);
  // And back again.
  await one.getByRole("button", { name: "回到这里写" }).click();
  await expect(title(one)).toHaveValue("在第二个窗口写完的路灯");
  await expect(two.getByTestId("form-moved")).toBeVisible();
  await form.send(one);
  await expect(village.needCard(one, "在第二个窗口写完的路灯")).toContainText("县里已收到");
  await expect(two.getByTestId("form-moved")).toContainText("已经在另一个窗口里发出去了");
});

/** A need that organizations can take. */
async function published(url: string, title: string): Promise<{ member: Client; wish: ReturnType<typeof needOf> }> {
  const [cadre, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((p) => Client.signIn(url, p, people.password)),
  );
  const wish = needOf(title, 12);
  expect((await cadre.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  return { member, wish };
}

/** An order that its organization is working on. */
async function held(url: string, title: string): Promise<string> {
  const { member, wish } = await published(url, title);
  const order = randomUUID();
  const contact = { name: "陈小玲", phone: "13800000003" };
  const take = { order, need: wish.need, lines: [{ item: 1, quantity: 2 }], due: inDays(20), contact };
  expect((await member.does("TakeOrder", take)).verdict).toBe("applied");
  return order;
}

const elsewhere = (page: Page) => page.getByTestId("written-elsewhere");

/** Opens the sheet behind a button. */
async function sheet(page: Page, button: string): Promise<Locator> {
  await page.getByRole("button", { name: button, exact: true }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toBeVisible();
  return dialog;
}

test("a report is written in one tab: the second says so, takes it over, gives it back, and it is sent once", async ({ device, server }) => {
  const order = await held(server.url, "两个窗口里的进展");
  const computer = device("organization");
  const one = await computer.open(`/orders/${order}`);
  await enter(one, people.organization);
  const here = await sheet(one, "写进展");
  const text = (dialog: Locator) => dialog.getByRole("textbox", { name: "做了什么" });
  await type(text(here), "基础挖好了");

  const two = await computer.another(`/orders/${order}`);
  const there = await sheet(two, "写进展");
  await expect(elsewhere(two)).toContainText("在另一个窗口里开着");
  await expect(text(there)).toBeHidden();
  await expect(there.getByRole("button", { name: "发给村里" })).toBeDisabled();
  await type(text(here), "，灯杆到了");
  await there.getByRole("button", { name: "在这里接着写" }).click();
  await expect(text(there)).toHaveValue("基础挖好了，灯杆到了");
  await expect(elsewhere(one)).toContainText("这里只能看");
  await expect(text(here)).toBeDisabled();
  await expect(text(here)).toHaveValue("基础挖好了，灯杆到了");
  await expect(here.getByRole("button", { name: "发给村里" })).toBeDisabled();
  await type(text(there), "，明天立");

  // And back again.
  await here.getByRole("button", { name: "回到这里写" }).click();
  await expect(text(here)).toHaveValue("基础挖好了，灯杆到了，明天立");
  await expect(elsewhere(two)).toContainText("这里只能看");
  await here.getByRole("button", { name: "发给村里" }).click();
  await expect(here).toBeHidden();
  await expect(elsewhere(two)).toContainText("已经在另一个窗口里发出去了");
  await expect(there.getByRole("button", { name: "发给村里" })).toBeDisabled();
  await there.getByRole("button", { name: "在这里另写" }).click();
  await expect(text(there)).toHaveValue("");
  await expect(text(there)).toBeEnabled();
  await expect(one.getByText("进展：基础挖好了，灯杆到了，明天立")).toHaveCount(1);
});

test("a sheet that is closed in one tab opens in the other, with what was typed", async ({ device, server }) => {
  const order = await held(server.url, "关掉一个窗口的交付");
  const computer = device("organization");
  const one = await computer.open(`/orders/${order}`);
  await enter(one, people.organization);
  const here = await sheet(one, "报告已完成");
  const note = (dialog: Locator) => dialog.getByRole("textbox", { name: "请村里看看什么" });
  await type(note(here), "请看看小学门口那盏");
  const two = await computer.another(`/orders/${order}`);
  const there = await sheet(two, "报告已完成");
  await expect(elsewhere(two)).toBeVisible();
  await one.keyboard.press("Escape");
  await expect(note(there)).toHaveValue("请看看小学门口那盏");
  await expect(elsewhere(two)).toHaveCount(0);
  await there.getByRole("button", { name: "报告已完成" }).click();
  await expect(there).toBeHidden();
});

test("a need is taken in one tab: amounts, day and telephone go along to the other", async ({ device, server }) => {
  const { wish } = await published(server.url, "两个窗口里接的路灯");
  const computer = device("organization");
  const one = await computer.open(`/needs/${wish.need}`);
  await enter(one, people.organization);
  const here = await sheet(one, "接单");
  const amount = (dialog: Locator) => dialog.locator(".stepper").getByRole("textbox");
  await amount(here).fill("5");
  await here.getByLabel("你们的电话").fill("13800000009");

  const two = await computer.another(`/needs/${wish.need}`);
  const there = await sheet(two, "接单");
  await expect(elsewhere(two)).toContainText("在另一个窗口里开着");
  await there.getByRole("button", { name: "在这里接着写" }).click();
  await expect(amount(there)).toHaveValue("5");
  await expect(there.getByLabel("你们的电话")).toHaveValue("13800000009");
  await expect(here.getByRole("button", { name: "接单", exact: true })).toBeDisabled();
  await amount(there).fill("4");
  await there.getByRole("button", { name: "接单", exact: true }).click();
  await expect(there).toBeHidden();
  await expect(elsewhere(one)).toContainText("已经在另一个窗口里发出去了");
  const member = await Client.signIn(server.url, people.organization, people.password);
  const taken = async () => (await member.rows("need")).find((row) => row.id === wish.need)?.body.pledges?.length;
  await expect.poll(taken).toBe(1);
});

test("an officer's remark and return are written in one tab, and only there the need is decided", async ({ device, server }) => {
  const cadre = await Client.signIn(server.url, people.village, people.password);
  const wish = needOf("两个窗口里审的一条", 3);
  expect((await cadre.does("PostNeed", wish)).verdict).toBe("applied");
  const desk = device("county");
  const one = await desk.open(`/inbox?need=${wish.need}`);
  await enter(one, people.county);
  const remark = (page: Page) => page.getByRole("textbox", { name: /^意见/ });
  await type(remark(one), "先装村口");

  const two = await desk.another(`/inbox?need=${wish.need}`);
  await expect(elsewhere(two)).toContainText("在另一个窗口里开着");
  await expect(inbox.agreeButton(two)).toBeDisabled();
  await two.getByRole("button", { name: "在这里接着写" }).click();
  await expect(remark(two)).toHaveValue("先装村口");
  await expect(inbox.agreeButton(two)).toBeEnabled();
  await expect(inbox.agreeButton(one)).toBeDisabled();
  await expect(remark(one)).toHaveValue("先装村口");

  // The question about returning it is open here, and the other tab takes the need back.
  await two.getByRole("button", { name: "退回" }).click();
  const question = two.getByRole("dialog");
  await type(question.getByRole("textbox", { name: "请村里怎么改" }), "请写清路段");
  await one.getByRole("button", { name: "回到这里写" }).click();
  await expect(inbox.agreeButton(one)).toBeEnabled();
  await expect(question.getByRole("button", { name: "退回给村里" })).toBeDisabled();
  await expect(question).toContainText("已经在另一个窗口里接着写");
  await one.getByRole("button", { name: "退回" }).click();
  const again = one.getByRole("dialog");
  await expect(again.getByTestId("written-elsewhere")).toContainText("在另一个窗口里开着");
  await again.getByRole("button", { name: "在这里接着写" }).click();
  await expect(again.getByRole("textbox", { name: "请村里怎么改" })).toHaveValue("请写清路段");
  await again.getByRole("radio").first().check();
  await again.getByRole("button", { name: "退回给村里" }).click();
  await expect(inbox.said(one)).toContainText("已退回");
  await expect(question).toContainText("现在不能退回了");
});

test("a dispute is written in one tab, and nothing of it is lost in the other", async ({ device, server }) => {
  const { wish } = await published(server.url, "两个窗口里的没有做到");
  const other = await Client.signIn(server.url, people.otherOrganization, people.password);
  await deliver(other, wish.need, 4);
  const phone = device("village");
  const one = await phone.open(`/needs/${wish.need}`);
  await enter(one, people.village);
  const here = await sheet(one, "没有做到");
  const reason = (dialog: Locator) => dialog.getByRole("textbox", { name: "哪里没有做到" });
  await type(reason(here), "还差一盏");
  const two = await phone.another(`/needs/${wish.need}`);
  const there = await sheet(two, "没有做到");
  await there.getByRole("button", { name: "在这里接着写" }).click();
  await expect(reason(there)).toHaveValue("还差一盏");
  await expect(here.getByRole("button", { name: "告诉对方" })).toBeDisabled();
  await there.getByRole("button", { name: "告诉对方" }).click();
  await expect(there).toBeHidden();
  await expect(elsewhere(one)).toContainText("已经在另一个窗口里发出去了");
});
