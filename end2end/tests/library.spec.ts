import * as library from "./pages/library.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, ready } from "./pages/site.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("the library is searched, filtered and scrolled without a network", async ({ device, server }) => {
  const phone = device("organization");
  let page = await phone.open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  const count = page.getByTestId("library-count");
  await expect(count).toContainText(/\d/);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await server.stop();
  await phone.close();

  page = await phone.open("/library");
  await ready(page);
  const all = await library.count(page);
  expect(all).toBeGreaterThan(10);
  await library.search(page, "路灯");
  await expect.poll(() => library.count(page)).toBeLessThan(all);
  const lamps = await library.count(page);
  expect(lamps).toBeGreaterThan(0);
  await expect(library.row(page, "").first()).toContainText("灯");
  await library.search(page, "");
  await expect.poll(() => library.count(page)).toBe(all);
  await library.filter(page, "教技术、帮销路（造血）");
  await expect.poll(() => library.count(page)).toBeLessThan(all);
});

test("only what is visible of a long list is in the page, and nothing jumps while scrolling", async ({ device }) => {
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await expect(library.row(page, "").first()).toBeVisible();
  const total = await library.count(page);
  const height = await page.evaluate(() => document.documentElement.scrollHeight);
  for (const part of [0.25, 0.5, 1]) {
    await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), part);
    await expect.poll(() => page.evaluate(() => [...document.querySelectorAll(".vrow")].some((row) => {
      const { top, bottom } = row.getBoundingClientRect();
      return top < innerHeight / 2 && bottom > innerHeight / 2 - 200;
    }))).toBe(true);
    expect(await page.locator(".vrow").count()).toBeLessThan(Math.min(total, 60));
    expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
  }
});

test("back from a need, the list stands where it was", async ({ device }) => {
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.search(page, "路");
  await page.evaluate(() => scrollTo(0, 900));
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(500);
  const wanted = page.locator(".vrow").filter({ visible: true }).nth(5);
  const title = await wanted.getByRole("heading").textContent();
  await wanted.getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText(title!);
  await page.goBack();
  await expect(page.getByRole("searchbox")).toHaveValue("路");
  await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(500);
});
