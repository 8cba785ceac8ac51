// The trail: a bureau reads who did what, what was refused and who saw a contact, and takes it away as a table.
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { signIn } from "./pages/sign_in.ts";
import { goTo, title as heading } from "./pages/site.ts";
import { callable, Client, inDays, needOf, publish } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "古井边要换三盏灯";

test("an officer reads what was refused, who saw a contact and what happened by itself, and downloads the table", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const member = await Client.signIn(server.url, people.otherOrganization, people.password);
  const need = needOf(title, 3);
  await village.does("PostNeed", need);
  await publish(officers, need.need);
  const take = (quantity: number) =>
    member.does("TakeOrder", { order: randomUUID(), need: need.need, lines: [{ item: 1, quantity }], due: inDays(20), contact: callable });
  expect((await take(2)).verdict).toBe("applied");
  expect((await take(2)).verdict).toBe("rejected");

  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await goTo(page, "我的");
  await page.getByRole("link", { name: /留痕/ }).click();
  await expect(heading(page)).toHaveText("留痕");
  const entries = page.getByTestId("trail-entry");
  const choose = (label: string, option: string) => page.getByRole("combobox", { name: label }).selectOption({ label: option });

  await choose("结果", "没通过的");
  await expect(entries).toHaveCount(1);
  await expect(entries).toContainText("接单");
  await expect(entries).toContainText(title);
  await expect(entries).toContainText("没通过：");
  await expect(entries).toContainText("设备");

  await choose("结果", "成没成都看");
  await choose("对象", "看了谁的联系人");
  await expect(entries.first()).toContainText("看了联系人");
  const who = (await entries.first().getByRole("heading").textContent())!.split("：")[0];

  // By the person who did it, of all kinds; then this one thing alone.
  await choose("对象", "所有对象");
  await page.getByRole("button", { name: "再看 50 条" }).waitFor();
  await entries.filter({ hasText: title }).filter({ hasText: `${who}：` }).first().getByRole("button", { name: "只看这个人" }).click();
  await expect(page.getByRole("button", { name: `只看 ${who} ×` })).toBeVisible();
  await expect.poll(async () => (await entries.getByRole("heading").allTextContents()).every((words) => words.startsWith(`${who}：`))).toBe(true);
  await page.getByRole("button", { name: `只看 ${who} ×` }).click();
  await entries.filter({ hasText: title }).filter({ hasText: "审核需求" }).first().getByRole("button", { name: "只看这一条" }).click();
  await expect(entries.filter({ hasText: "写好需求并发给县里" })).toHaveCount(1);
  await expect.poll(async () => (await entries.allTextContents()).every((words) => words.includes(title))).toBe(true);
  // What was there before and after, in words.
  await entries.filter({ hasText: "审核需求" }).first().getByText("前后的变化").click();
  await expect(entries.filter({ hasText: "审核需求" }).first()).toContainText("已发布");

  // Of one day: today has it, another one has not.
  await page.getByLabel("某一天").fill(inDays(-3));
  await expect(page.getByText("这段时间没有这样的记录")).toBeVisible();
  await page.getByLabel("某一天").fill(inDays(0));
  await expect(entries.filter({ hasText: "写好需求并发给县里" })).toHaveCount(1);

  const shown = await entries.count();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "导出成表格" }).click()]);
  const lines = readFileSync(await file.path(), "utf8").split("\r\n").filter((line) => line);
  expect(lines[0]).toContain('"序号","时间","谁"');
  expect(lines.filter((line) => line.includes(title)).length).toBe(shown);
  expect(lines.join()).toContain('"生效"');
  await expect(page.getByRole("status").filter({ hasText: "交给浏览器保存了" })).toBeVisible();

  // What happens by itself is the system's, not somebody's.
  await page.getByRole("button", { name: /^只看“/ }).click();
  await choose("时间", "近 7 天");
  await choose("对象", "接单");
  await expect(entries.filter({ hasText: "系统：到期提醒接单的组织" }).first()).toBeVisible();
  await expect(page.getByText("已注销的账号")).toHaveCount(0);
});

test("the trail is for bureaus and the administrator alone", async ({ device }) => {
  const page = await device("village").open();
  await signIn(page, people.village);
  await page.goto(new URL("/trail", page.url()).href);
  await expect(heading(page)).toHaveText("这一页不归你用");
});
