// Unfinished work of every kind stands in one place, is deleted there one by one, and is named before anybody signs out.
import { randomUUID } from "node:crypto";
import type { Page } from "@playwright/test";
import * as inbox from "../pages/inbox.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready } from "../pages/site.ts";
import { Client, inDays, needOf, publish } from "../support/api.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

/** Closes the open sheet; its entry in the history goes with it. */
async function closed(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  await page.waitForFunction(() => history.state !== "sheet");
}

test("an officer's remark and return are listed, opened, deleted one by one, and named before signing out", async ({ device, server }) => {
  const title = "写了一半意见的一条";
  const village = await sign(server.url, people.village);
  const wish = needOf(title, 3);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  const phone = device("county");
  const page = await phone.open();
  await signIn(page, people.county);
  await inbox.openNeed(page, title);
  await page.getByRole("textbox", { name: /^意见/ }).fill("先装村口");
  await page.getByRole("button", { name: "退回" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("textbox", { name: "请村里怎么改" }).fill("请写清路段");
  await page.keyboard.press("Escape");

  await goTo(page, "我的");
  const list = page.getByTestId("unfinished-work");
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await expect(list).toContainText(`没发的审核意见：${title}`);
  await expect(list).toContainText("请写清路段");

  await page.goto(`${phone.url}/settings`);
  await page.getByRole("button", { name: "退出登录" }).click();
  await expect(question).toContainText("1 条没发的审核意见，1 条没写完的退回原因");
  await expect(question).toContainText(`没写完的退回原因：${title}`);
  await question.getByRole("link", { name: "去看没写完的" }).click();

  await list.getByRole("button", { name: /^删除没写完的退回原因/ }).click();
  await expect(question).toContainText("请写清路段");
  await question.getByRole("button", { name: "留着" }).click();
  await expect(list.getByRole("listitem")).toHaveCount(2);
  await list.getByRole("button", { name: /^删除没写完的退回原因/ }).click();
  await question.getByRole("button", { name: "删除", exact: true }).click();
  await expect(list.getByRole("listitem")).toHaveCount(1);
  await list.getByRole("link", { name: /没发的审核意见/ }).click();
  await expect(page.getByRole("textbox", { name: /^意见/ })).toHaveValue("先装村口");
  await page.getByRole("textbox", { name: /^意见/ }).fill("");
  await goTo(page, "我的");
  await expect(list).toHaveCount(0);

  // Nothing is left, so signing out asks once.
  await page.goto(`${phone.url}/settings`);
  await page.getByRole("button", { name: "退出登录" }).click();
  await expect(question.getByRole("button", { name: "仍然退出" })).toHaveCount(0);
  await question.getByRole("button", { name: "退出", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "密码" })).toBeVisible();
});

test("a half-written report is not wiped unasked: kept over signing out, or deleted with everybody's knowledge", async ({ device, server }) => {
  const [village, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((p) => sign(server.url, p)),
  );
  const wish = needOf("写了一半进展的一条", 3);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const order = randomUUID();
  const contact = { name: "陈小玲", phone: "13800000003" };
  expect((await member.does("TakeOrder", { order, need: wish.need, lines: [{ item: 1, quantity: 2 }], due: inDays(20), contact })).verdict).toBe("applied");
  const phone = device("organization");
  const page = await phone.open(`/orders/${order}`);
  await signIn(page, people.organization);
  const sheet = page.getByRole("dialog");
  await page.getByRole("button", { name: "写进展" }).click();
  await sheet.getByRole("textbox", { name: "做了什么" }).fill("基础挖好了");
  await closed(page);

  await page.goto(`${phone.url}/settings`);
  await page.getByRole("button", { name: "退出登录" }).click();
  await expect(sheet).toContainText("1 条没发的进展");
  await expect(sheet.getByRole("button", { name: "退出", exact: true })).toHaveCount(0);
  await sheet.getByRole("button", { name: "仍然退出" }).click();
  await sheet.getByRole("button", { name: "留在这台设备上，退出" }).click();
  await signIn(page, people.organization);
  await page.goto(`${phone.url}/sync`);
  await ready(page);
  const list = page.getByTestId("unfinished-work");
  await expect(list).toContainText("基础挖好了");
  await list.getByRole("link", { name: /没发的进展/ }).click();
  await page.getByRole("button", { name: "写进展" }).click();
  await expect(sheet.getByRole("textbox", { name: "做了什么" })).toHaveValue("基础挖好了");
  await closed(page);

  await page.goto(`${phone.url}/settings`);
  await page.getByRole("button", { name: "退出登录" }).click();
  await sheet.getByRole("button", { name: "仍然退出" }).click();
  await sheet.getByRole("button", { name: "全部删掉，退出" }).click();
  await signIn(page, people.organization);
  await page.goto(`${phone.url}/me`);
  await ready(page);
  await expect(list).toHaveCount(0);
});
