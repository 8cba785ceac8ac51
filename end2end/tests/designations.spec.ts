// Lists of designations: loaded from a file after a look at the difference, and a lens in every list of needs.
import type { Page } from "@playwright/test";
import { signIn } from "./pages/sign_in.ts";
import { goTo, synced } from "./pages/site.ts";
import { Client, needOf } from "./support/api.ts";
import { computer, phone } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const head = "区划代码,地名,名录,开始日期,结束日期,来源\n";
const file = (text: string) => ({ name: "名录.csv", mimeType: "text/csv", buffer: Buffer.from("\ufeff" + head + text) });
const lists = (page: Page) => page.getByTestId("designation-list");

test("a city loads a list after it has seen the difference; mistakes are told by their line", async ({ device }) => {
  const page = await device("city", { screen: computer }).open();
  await signIn(page, people.city);
  await goTo(page, "我的");
  await page.getByRole("link", { name: /名录/ }).click();
  await expect(lists(page).filter({ hasText: "示例重点帮扶村" })).toContainText("示例数据");
  const choose = page.getByLabel("选文件");
  await choose.setInputFiles(file("431230108211,木脚村,试点村,2026-01-01,,市里 1 号文\n4312301082,,试点村,2026-01-01,,市里 1 号文\n430102001001,,试点村,2026-01-01,,市里 1 号文\n"));
  const loaded = page.getByTestId("loaded");
  await expect(loaded).toContainText("有 2 处要改");
  await expect(loaded).toContainText("第 3 行");
  await expect(loaded).toContainText("区划代码少 2 位");
  await expect(loaded).toContainText("这个地方不归你管");
  await expect(loaded.getByRole("button")).toHaveCount(0);
  await choose.setInputFiles(file("431230108211,木脚村,试点村,2026-01-01,,市里 1 号文\n"));
  await expect(loaded).toContainText("还没有导入");
  await expect(page.getByTestId("difference")).toContainText("木脚村");
  await expect(lists(page).filter({ hasText: "试点村" })).toHaveCount(0);
  await loaded.getByRole("button", { name: "导入这 1 处改动" }).click();
  await expect(loaded).toContainText("已经导入");
  await expect(lists(page).filter({ hasText: "试点村" })).toContainText("1 个地方");
  // The same again changes nothing; a list without the place takes it out.
  await choose.setInputFiles(file("431230108211,木脚村,试点村,2026-01-01,,市里 1 号文\n"));
  await expect(loaded).toContainText("和现在的一样");
  await choose.setInputFiles(file("431230216222,高步村,试点村,2026-02-01,,市里 2 号文\n"));
  await expect(loaded).toContainText("新增 1，改动 0，去掉 1");

  await lists(page).filter({ hasText: "试点村" }).getByRole("link").click();
  await expect(page.getByRole("combobox", { name: "名录" })).toHaveValue("试点村");
  await expect(page.getByTestId("browse-row").first()).toBeVisible();
  for (const row of await page.getByTestId("browse-row").allTextContents()) expect(row).toContain("木脚村");
});

test("an organization looks through the library by a list, without a network too", async ({ device, server }) => {
  const page = await device("org", { screen: phone }).open();
  await signIn(page, people.otherOrganization);
  await synced(page);
  const count = page.getByTestId("library-count");
  const before = await count.textContent();
  await server.stop();
  await page.getByRole("button", { name: /筛选/ }).click();
  await page.getByRole("combobox", { name: "名录" }).selectOption({ label: "示例重点帮扶村" });
  await page.getByRole("button", { name: /看这|先关闭/ }).click();
  await expect(count).not.toHaveText(before ?? "");
  for (const row of await page.getByTestId("library-row").allTextContents()) expect(row).toMatch(/木脚村|老寨村/);
});

test("a county looks through its needs by a list", async ({ device }) => {
  const page = await device("county", { screen: phone }).open();
  await signIn(page, people.county);
  await goTo(page, "全县需求");
  await page.getByRole("combobox", { name: "名录" }).selectOption({ label: "示例创建村" });
  await expect(page.getByTestId("county-row").first()).toContainText("高步村");
  for (const row of await page.getByTestId("county-row").allTextContents()) expect(row).toContain("高步村");
});

test("an officer looks through what waits by a list", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  const other = await Client.signIn(server.url, people.otherVillage, people.password);
  await village.does("PostNeed", needOf("寨口的洗衣池要翻修", 1));
  await other.does("PostNeed", needOf("古戏台的瓦要换", 1));
  const page = await device("county", { screen: phone }).open();
  await signIn(page, people.county);
  const waits = page.getByRole("navigation", { name: "等待审核的需求" });
  await expect(waits).toContainText("寨口的洗衣池要翻修");
  await page.getByRole("combobox", { name: "名录" }).selectOption({ label: "示例创建村" });
  await expect(waits).toContainText("古戏台的瓦要换");
  await expect(waits).not.toContainText("寨口的洗衣池要翻修");
  await page.getByRole("button", { name: /另有 \d+ 条没显示，看全部/ }).click();
  await expect(waits).toContainText("寨口的洗衣池要翻修");
});
