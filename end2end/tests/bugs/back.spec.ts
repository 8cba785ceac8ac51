// The back button and the arrow do what a person means by them.
import { expect, type Page } from "@playwright/test";
import * as library from "../pages/library.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, synced } from "../pages/site.ts";
import * as people from "../support/people.ts";
import { test } from "../support/test.ts";

const path = (page: Page) => new URL(page.url()).pathname;
const title = (page: Page) => page.getByRole("heading", { level: 1 });

async function opened(page: Page, nth: number): Promise<string> {
  const row = page.locator(".vrow").filter({ visible: true }).nth(nth);
  const words = (await row.getByRole("heading").textContent()) ?? "";
  await row.getByRole("link").click();
  await expect(title(page)).toHaveText(words);
  return words;
}

test("back closes a question first, and only then leaves the page", async ({ device }) => {
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await page.getByRole("button", { name: "筛选" }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(title(page)).toHaveText("项目库");

  const words = await opened(page, 1);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.goBack();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect(title(page)).toHaveText(words);

  // Closed by its button, it leaves no step behind.
  await page.getByRole("button", { name: "接单", exact: true }).click();
  await page.getByRole("dialog").getByRole("button", { name: "先不接" }).click();
  await expect(page.getByRole("dialog")).toBeHidden();
  await expect.poll(() => page.evaluate(() => history.state ?? "")).toBe("");
  await page.goBack();
  await expect(title(page)).toHaveText("项目库");
  expect(path(page)).toBe("/");
  // And the page goes on working: links lead on, and back again.
  await opened(page, 2);
  await page.goBack();
  await expect(title(page)).toHaveText("项目库");
});

test("a page loaded again while a question was open needs no second step back", async ({ device }) => {
  const page = await device("organization").open();
  await signIn(page, people.organization);
  const words = await opened(page, 0);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  await expect(page.getByRole("dialog")).toBeVisible();
  await page.reload();
  await ready(page);
  await expect.poll(() => page.evaluate(() => history.state ?? "")).toBe("");
  await expect(title(page)).toHaveText(words);
  await page.goBack();
  await expect(title(page)).toHaveText("项目库");
});

test("the arrow leads to where one came from, and the list is where it was", async ({ device }) => {
  const here = device("organization");
  const page = await here.open();
  await signIn(page, people.organization);
  await library.search(page, "村");
  await page.evaluate(() => scrollTo(0, 1200));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(700);
  await page.locator(".vrow").filter({ visible: true }).nth(6).scrollIntoViewIfNeeded();
  const top = await page.evaluate(() => scrollY);
  await opened(page, 6);
  await page.getByRole("link", { name: "返回" }).click();
  await expect(title(page)).toHaveText("项目库");
  await expect(page.getByRole("searchbox")).toHaveValue("村");
  await expect.poll(() => page.evaluate((top) => Math.abs(scrollY - top), top)).toBeLessThan(3);

  // From the list of orders, to the orders.
  await goTo(page, "我的接单");
  const order = page.getByTestId("order-card").first();
  await order.click();
  await expect.poll(() => path(page)).toMatch(/^\/orders\//);
  await page.getByRole("link", { name: "返回" }).click();
  await expect(title(page)).toHaveText("我的接单");

  // Who was sent an address gets to the first page.
  const address = await page.evaluate(async () => (document.querySelector<HTMLAnchorElement>("[data-testid=order-card]") as HTMLAnchorElement).href);
  const fresh = await here.another(new URL(address).pathname);
  await ready(fresh);
  await synced(fresh);
  await fresh.getByRole("link", { name: "返回" }).click();
  await expect(title(fresh)).toHaveText("我的接单");
  expect(path(fresh)).toBe("/orders");
});

test("a village's list is where it was, with what was unfolded", async ({ device }) => {
  const page = await device("village").open();
  await signIn(page, people.village);
  await page.getByRole("button", { name: /^看已办结/ }).click();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(100);
  const top = await page.evaluate(() => scrollY);
  await page.getByTestId("need-card").last().click();
  await expect.poll(() => path(page)).toMatch(/^\/needs\//);
  await page.getByRole("link", { name: "返回" }).click();
  await expect(page.getByRole("button", { name: /^收起已办结/ })).toBeVisible();
  await expect.poll(() => page.evaluate((top) => Math.abs(scrollY - top), top)).toBeLessThan(3);
});
