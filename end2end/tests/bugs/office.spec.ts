// City and province: every county can be chosen, the choice stays, the whole line opens.
import { expect, type Page } from "@playwright/test";
import { signIn } from "../pages/sign_in.ts";
import { ready } from "../pages/site.ts";
import { computer, phone } from "../support/device.ts";
import * as people from "../support/people.ts";
import { test } from "../support/test.ts";

const county = (page: Page) => page.getByRole("combobox", { name: "县" });
const rows = (page: Page) => page.getByTestId("browse-row");
const groups = (page: Page) =>
  county(page).locator("optgroup").evaluateAll((all) => all.map((group) => [(group as HTMLOptGroupElement).label, group.children.length] as const));

test("an officer of the province finds all counties under their cities, with counts", async ({ device }) => {
  const page = await device("province", { screen: computer }).open();
  await signIn(page, people.province);
  await expect.poll(async () => (await groups(page)).length).toBe(14);
  const all = await groups(page);
  expect(all.reduce((sum, [, counties]) => sum + counties, 0)).toBe(134);
  expect(all.map(([name]) => name)).toContain("怀化市");
  const names = await county(page).locator("optgroup option").allTextContents();
  expect(names.filter((name) => !/（[\d,]+）$/.test(name))).toEqual([]);
});

test("the chosen county stays in the address, after loading again and after a need", async ({ device }) => {
  const here = device("city", { screen: computer });
  const page = await here.open();
  await signIn(page, people.city);
  await expect.poll(async () => (await groups(page)).length).toBe(1);
  const chosen = await county(page).locator("option", { hasText: "通道侗族自治县" }).getAttribute("value");
  await county(page).selectOption(chosen);
  await page.getByRole("combobox", { name: "阶段" }).selectOption({ label: "已发布" });
  await expect(page).toHaveURL(new RegExp(`county=${chosen}`));
  const onlyThere = async () => {
    await ready(page);
    await expect(county(page)).toHaveValue(chosen ?? "");
    await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
    await expect(rows(page).first()).toBeVisible();
    for (const words of await rows(page).allTextContents()) expect(words).toContain("通道侗族自治县");
  };
  await onlyThere();
  await page.reload();
  await onlyThere();
  // Wherever the line is clicked, it opens.
  const title = (await rows(page).nth(1).getByRole("link").textContent()) ?? "";
  await rows(page).nth(1).getByRole("cell").last().click({ force: true });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.goBack();
  await onlyThere();
  await rows(page).nth(1).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.getByRole("link", { name: "返回" }).click();
  await onlyThere();
  // By the tab, too; and a colleague opens the address.
  await page.getByRole("navigation").getByRole("link", { name: "我的" }).click();
  await page.getByRole("navigation").getByRole("link", { name: "需求" }).click();
  await onlyThere();
  await expect(page).toHaveURL(new RegExp(`county=${chosen}`));
  const address = new URL(page.url());
  const other = await device("province", { screen: computer }).open(address.pathname + address.search);
  await signIn(other, people.province);
  await expect(county(other)).toHaveValue(chosen ?? "");
});

test("on a phone the whole card opens, and what was shown is shown again", async ({ device }) => {
  const page = await device("city", { screen: phone }).open();
  await signIn(page, people.city);
  await expect(rows(page)).toHaveCount(50);
  await page.getByRole("button", { name: "再看 50 条" }).click();
  await expect(rows(page)).toHaveCount(100);
  const card = rows(page).nth(80);
  await card.scrollIntoViewIfNeeded();
  const top = await page.evaluate(() => scrollY);
  const title = (await card.getByRole("heading").textContent()) ?? "";
  await card.getByRole("link").click({ position: { x: 150, y: 60 } });
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title);
  await page.getByRole("link", { name: "返回" }).click();
  await expect(rows(page)).toHaveCount(100);
  await expect.poll(() => page.evaluate((top) => Math.abs(scrollY - top), top)).toBeLessThan(3);
});
