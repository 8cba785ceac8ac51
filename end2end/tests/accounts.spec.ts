// Accounts from above: the county opens villages out of a table, prints slips, a village begins, forgets its password, and gets another slip.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as accounts from "./pages/accounts.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, ready, synced, title } from "./pages/site.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

/** Villages of 通道侗族自治县 in the table of regions. */
const VILLAGES = ["431230104202", "431230104210", "431230104211", "431230104213", "431230104214"];
const password = "three trees by the tower";

test("a county opens villages out of a table, and a village begins with its slip", async ({ device, folder }) => {
  const office = await device("office", { screen: computer }).open();
  await signIn(office, people.county);
  await accounts.open(office);
  await office.getByRole("link", { name: "从表格开通" }).click();
  const [template] = await Promise.all([
    office.waitForEvent("download"),
    office.getByRole("button", { name: "下载表格模板" }).click(),
  ]);
  expect(template.suggestedFilename()).toBe("乡单账号模板.xlsx");
  expect(readFileSync(await template.path()).subarray(0, 2).toString()).toBe("PK");

  const file = join(folder, "村干部名单.xlsx");
  const rows = Array.from({ length: 10 }, (_, n) => [VILLAGES[n % 5], "", `测试员${"一二三四五六七八九十"[n]}`, `139000000${10 + n}`]);
  const bad = [
    ["43123010421", "", "少一位", "13900000090"],
    [VILLAGES[0], "", "短号码", "1390000009"],
  ];
  accounts.table(file, [["区划代码", "地方", "姓名", "手机号"], ...rows, ...bad]);
  await office.getByLabel("填好的表格（.xlsx）").setInputFiles(file);
  await expect(office.getByText("10 行可以开通")).toBeVisible();
  await expect(office.getByText("2 行有错")).toBeVisible();
  await office.getByRole("checkbox", { name: "只看有错的" }).check();
  await expect(office.getByTestId("import-row")).toHaveCount(2);
  await expect(office.getByTestId("import-row").first()).toContainText("区划代码少 1 位");
  await expect(office.getByTestId("import-row").last()).toContainText("手机号是 11 位");
  await office.getByRole("button", { name: "开通 10 个，印邀请条" }).click();
  await expect(office.getByTestId("slip")).toHaveCount(10);
  await expect(office.getByRole("button", { name: "打印邀请条" })).toBeVisible();
  await expect(office.getByTestId("slip").first().getByRole("img")).toBeVisible();
  const code = await accounts.codeOf(office, "测试员一");

  // The link of the QR code: the code stands behind the #, and is gone from the address at once.
  const phone = device("village");
  const page = await phone.open(`/invite#${code.replace(" ", "")}`);
  await expect(page.getByRole("textbox", { name: /邀请码/ })).toHaveValue(code);
  expect(page.url()).not.toContain("#");
  await accounts.accept(page, code, password);
  await synced(page);
  await goTo(page, "我的");
  await expect(page.getByRole("heading", { name: "测试员一" })).toBeVisible();
  await expect(page.getByText("村干部 · 通道侗族自治县 · 牙屯堡镇 · 老寨村")).toBeVisible();

  // The same code opens nothing more.
  const other = await device("other").open("/invite");
  await other.getByRole("textbox", { name: /邀请码/ }).fill(code);
  await other.getByRole("button", { name: "下一步" }).click();
  await expect(other.getByRole("alert").filter({ hasText: "用不了" })).toBeVisible();

  // The same file again: what is there is told, and nothing can be opened.
  await office.goto(`${new URL(office.url()).origin}/accounts/import`);
  await office.getByLabel("填好的表格（.xlsx）").setInputFiles(file);
  await expect(office.getByText("10 行已有账号，跳过")).toBeVisible();
  await expect(office.getByRole("button", { name: "开通 0 个" })).toBeDisabled();
});

test("a password is forgotten: another slip ends the session, and the village begins anew", async ({ device, server }) => {
  const office = await device("office", { screen: computer }).open();
  await signIn(office, people.county);
  await accounts.open(office);
  await office.getByRole("link", { name: "加一个" }).click();
  await office.getByRole("textbox", { name: "姓名" }).fill("向玉兰");
  await office.getByRole("textbox", { name: "手机号" }).fill("139 0000 0055");
  await office.getByRole("button", { name: "开通，出邀请条" }).click();
  await expect(office.getByRole("alert").filter({ hasText: "请选好地方" })).toBeVisible();
  await office.getByLabel("乡镇").selectOption({ label: "牙屯堡镇" });
  await office.getByLabel("村（社区）").selectOption({ label: "老寨村" });
  await office.getByRole("button", { name: "开通，出邀请条" }).click();
  const first = await accounts.codeOf(office, "向玉兰");

  const page = await device("village").open("/");
  await page.getByRole("link", { name: "手里有邀请条" }).click();
  await accounts.accept(page, first.toLowerCase(), password);
  await synced(page);

  await office.goto(`${server.url}/accounts`);
  await office.getByRole("searchbox", { name: "搜索" }).fill("向玉兰");
  await office.getByTestId("account-row").filter({ hasText: "向玉兰" }).getByRole("link").click();
  await expect(office.getByTestId("session")).toHaveCount(1);
  await office.getByRole("button", { name: "忘了密码：重开邀请条" }).click();
  const question = office.getByRole("dialog");
  await expect(question).toContainText("马上作废");
  await question.getByRole("button", { name: "重开" }).click();
  const second = await accounts.codeOf(office, "向玉兰");
  expect(second).not.toBe(first);
  await expect(office.getByText("等他启用")).toBeVisible();

  // The session has ended: the line says so, and the old password opens nothing.
  await page.reload();
  await expect(page.getByRole("link", { name: "登录已过期，请重新登录" })).toBeVisible();
  const again = await device("village again").open("/invite");
  await accounts.accept(again, second, "another four horses");
  await ready(again);
  await expect(title(again)).toBeVisible();

  // Closed: nobody signs in to it any more.
  await office.reload();
  await office.getByRole("button", { name: "停用账号" }).click();
  await office.getByRole("dialog").getByRole("button", { name: "停用" }).click();
  await expect(office.getByText("已停用")).toBeVisible();
  await again.reload();
  await expect(again.getByRole("link", { name: "登录已过期，请重新登录" })).toBeVisible();
});

test("where somebody is signed in is shown, and ended from another device", async ({ device }) => {
  const one = await device("one").open();
  await signIn(one, people.village);
  const two = await device("two").open();
  await signIn(two, people.village);
  await goTo(one, "我的");
  await one.getByRole("link", { name: /登录的设备/ }).click();
  await expect(one.getByTestId("session")).toHaveCount(2);
  await expect(one.getByText("这台设备", { exact: true })).toHaveCount(1);
  await one.getByRole("button", { name: "退出这台" }).click();
  await expect(one.getByTestId("session")).toHaveCount(1);
  await two.reload();
  await expect(two.getByRole("link", { name: "登录已过期，请重新登录" })).toBeVisible();
});
