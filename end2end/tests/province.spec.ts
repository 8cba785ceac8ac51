// City and province: numbers of every region, each opens the list behind it; the last answers can be read without a network.
import type { Page } from "@playwright/test";
import { signIn } from "./pages/sign_in.ts";
import { ready } from "./pages/site.ts";
import { computer, phone } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const figure = (page: Page, kind: string, name: string) => page.getByTestId(`figure-${kind}-${name}`);
const rows = (page: Page) => page.getByTestId("browse-row");
const n = async (page: Page, kind: string, name: string) => Number(await figure(page, kind, name).getAttribute("data-n"));

/** Opens a number, shows its whole list, and compares. */
async function isItsList(page: Page, kind: string, name: string): Promise<void> {
  const number = await n(page, kind, name);
  await figure(page, kind, name).click();
  await expect(page.getByTestId("found-count")).toHaveAttribute("data-n", String(number));
  await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  for (;;) {
    const more = page.getByRole("button", { name: "再看 50 条" });
    if (!(await more.isVisible())) break;
    const there = await rows(page).count();
    await more.click();
    await expect.poll(() => rows(page).count()).toBeGreaterThan(there);
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
  }
  await expect(rows(page)).toHaveCount(number);
  await expect(page.getByTestId("found-count")).toContainText("共");
  await page.goBack();
  await expect(figure(page, kind, name)).toBeVisible();
}

test("the province's numbers lead down to a village, and every list is as long as its number", async ({ device }) => {
  const page = await device("province", { screen: computer }).open();
  await signIn(page, people.province);
  await page.getByRole("navigation").getByRole("link", { name: "地区" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("湖南省");
  await expect(page.getByTestId("figures-as-of")).toContainText("截至");
  const all = await n(page, "need", "all");
  expect(all).toBeGreaterThan(2000);
  // The parts add up to the whole.
  const published = await n(page, "need", "published");
  expect((await n(page, "need", "ordered")) + (await n(page, "need", "unmatched"))).toBe(published);
  const line = page.getByTestId("region-row");
  const sum = async () => {
    const numbers = await line.evaluateAll((all) => all.map((row) => Number(row.querySelector("td a")?.getAttribute("data-n") ?? 0)));
    return numbers.reduce((sum, n) => sum + n, 0);
  };
  expect(await sum()).toBe(all);
  // Sorted by what is tapped.
  await page.getByRole("button", { name: "没人接" }).click();
  const unmatched = () => line.evaluateAll((all) => all.map((row) => Number(row.querySelectorAll("td a")[4]?.getAttribute("data-n") ?? 0)));
  const falling = await unmatched();
  expect(falling).toEqual([...falling].sort((a, b) => b - a));
  await page.getByRole("button", { name: /没人接/ }).click();
  expect(await unmatched()).toEqual([...falling].sort((a, b) => a - b));

  await line.filter({ hasText: "怀化市" }).getByRole("link", { name: "怀化市", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("怀化市");
  await line.filter({ hasText: "通道侗族自治县" }).getByRole("link", { name: "通道侗族自治县", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("通道侗族自治县");
  for (const [kind, name] of [["need", "all"], ["need", "ordered"], ["need", "unmatched"], ["need", "withdrawn"], ["order", "all"], ["order", "overdue"], ["supply", "all"], ["organization", "all"]]) {
    await isItsList(page, kind, name);
  }
  await line.filter({ hasText: "坪坦乡" }).getByRole("link", { name: "坪坦乡", exact: true }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("坪坦乡");
  await isItsList(page, "need", "all");
  await page.getByRole("navigation", { name: "上级地区" }).getByRole("link", { name: /怀化市/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("怀化市");
});

test("on a phone regions are compared by one number, and the last answers are read without a network", async ({ device, server }) => {
  const here = device("city", { screen: phone });
  const page = await here.open();
  await signIn(page, people.city);
  await page.getByRole("navigation").getByRole("link", { name: "地区" }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("怀化市");
  await page.getByRole("combobox", { name: "比什么" }).selectOption({ label: "没人接" });
  const line = page.getByTestId("region-row");
  const unmatched = await line.evaluateAll((all) => all.map((row) => Number(row.querySelector("a.figure")?.getAttribute("data-n"))));
  expect(unmatched.length).toBeGreaterThan(10);
  expect(unmatched).toEqual([...unmatched].sort((a, b) => b - a));
  const all = await n(page, "need", "all");
  await figure(page, "need", "unmatched").click();
  await expect(rows(page).first()).toBeVisible();
  const title = await rows(page).first().getByRole("heading").textContent();

  await server.stop();
  await page.reload();
  await ready(page);
  await expect(page.getByTestId("as-of")).toContainText("的数据");
  await expect(rows(page).first()).toContainText(title ?? "");
  await page.getByRole("navigation").getByRole("link", { name: "地区" }).click();
  await expect(page.getByTestId("as-of")).toContainText("连不上网络");
  expect(await n(page, "need", "all")).toBe(all);
  // What was never asked cannot be told.
  await line.first().getByRole("link").first().click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("这里要联网才能看");

  await server.start();
  await page.getByRole("button", { name: "再试一次" }).click();
  await expect(page.getByRole("heading", { level: 1 })).not.toHaveText("怀化市");
  await expect(page.getByTestId("as-of")).toHaveCount(0);
});

test("an order is opened from a list, and a filter stays in the address", async ({ device }) => {
  const page = await device("city", { screen: computer }).open("/office/orders");
  await signIn(page, people.city);
  await page.goto(new URL("/office/orders", page.url()).href);
  await page.getByRole("combobox", { name: "阶段" }).selectOption({ label: "已确认" });
  await expect(page).toHaveURL(/stage=/);
  await expect(rows(page).first()).toContainText("已确认");
  const title = (await rows(page).first().getByRole("link").textContent()) ?? "";
  await rows(page).first().getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await expect(page.getByRole("main")).toContainText("已确认");
  await page.goBack();
  await expect(page.getByRole("combobox", { name: "阶段" })).toHaveValue("已确认");
});

test("a county sets a limit, sees where the others come from, and takes its own back", async ({ device, server }) => {
  const here = device("county", { screen: phone });
  const page = await here.open();
  await signIn(page, people.county);
  await page.getByRole("navigation").getByRole("link", { name: "我的" }).click();
  await page.getByRole("link", { name: /规则设置/ }).click();
  const daily = page.getByTestId("setting-daily_orders");
  await expect(daily).toContainText("没有定过，按 10 单");
  await daily.getByRole("textbox").fill("5");
  await expect(daily.getByRole("button", { name: "恢复上级设置" })).toBeVisible();
  await server.stop();
  await page.getByRole("button", { name: "存好并发出" }).click();
  await expect(page.getByTestId("settings-said")).toContainText("已经存好");
  await server.start();
  await expect(page.getByTestId("sync-line")).toHaveAttribute("data-waiting", "0", { timeout: 30_000 });
  await page.reload();
  await expect(page.getByTestId("setting-daily_orders").getByRole("textbox")).toHaveValue("5");
  await page.getByTestId("setting-daily_orders").getByRole("button", { name: "恢复上级设置" }).click();
  await page.getByRole("button", { name: "存好并发出" }).click();
  await expect(page.getByTestId("settings-said")).toContainText("已经存好");
  await page.getByTestId("setting-renew_after").getByRole("textbox").fill("1000");
  await page.getByRole("button", { name: "存好并发出" }).click();
  await expect(page.getByRole("main").getByRole("alert")).toContainText("要填 7 到 365 之间的整数");
});

test("what belongs to a region as a whole has a list of its own, and organizations and supplies open from theirs", async ({ device, server }) => {
  const page = await device("province", { screen: computer }).open();
  await signIn(page, people.province);
  await page.goto(`${server.url}/regions?at=431200000000`);
  const own = page.getByTestId("region-row").filter({ hasText: "怀化市本级" });
  const number = own.locator("a.figure[href^='/office/organizations']").filter({ hasNotText: /^0$/ }).first();
  const wanted = await number.getAttribute("data-n");
  await number.click();
  await expect(page.getByTestId("found-count")).toHaveAttribute("data-n", wanted!);
  await expect(rows(page)).toHaveCount(Number(wanted));
  await rows(page).first().getByRole("link").click();
  await expect(page.getByTestId("organization")).toContainText("信用代码");
  await page.goto(`${server.url}/office/supplies`);
  await rows(page).first().getByRole("link").click();
  await expect(page.getByTestId("supply-state")).toBeVisible();
  // What the server only told is not decided about.
  await expect(page.getByRole("button", { name: "同意发布" })).toHaveCount(0);
});
