import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { api } from "./support/network.ts";
import { nextSite } from "./support/paths.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "古井要修一修";
const build = (page: import("@playwright/test").Page) => page.locator("meta[name=build]").getAttribute("content");

test("a new build comes with unsent work: it waits for the user, and the work is sent by the new one", async ({ device, network }) => {
  const page = await device("village", { through: network }).open();
  await signIn(page, people.village);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const before = await build(page);

  network.goesWrong({ is: "bad gateway" }, api);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);

  network.serves(nextSite);
  await page.reload();
  await ready(page);
  expect(await build(page)).toBe(before);
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  const offer = page.getByRole("button", { name: "现在更新" });
  await expect(offer).toBeVisible();
  expect(await build(page)).toBe(before);

  await offer.click();
  await expect.poll(() => build(page).catch(() => before)).not.toBe(before);
  await ready(page);
  expect(await build(page)).toMatch(/-next$/);
  await waiting(page, 1);
  await expect(village.needCard(page, title)).toContainText("等待发送");
  network.isFine();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await synced(page);
  await expect(village.needCard(page, title)).toHaveCount(1);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
});

test("while a form is being written, the new build is not put under it", async ({ device, network }) => {
  const page = await device("village", { through: network }).open();
  await signIn(page, people.village);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  // Only a page that the worker opened keeps its build in charge.
  await page.reload();
  await ready(page);
  await village.newNeed(page);
  await page.getByRole("textbox", { name: "需要什么（一句话）" }).fill(title);
  network.serves(nextSite);
  await page.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await expect.poll(() => page.evaluate(async () => !!(await navigator.serviceWorker.ready).waiting)).toBe(true);
  await expect(page.getByRole("button", { name: "现在更新" })).toHaveCount(0);
  await expect(page.getByRole("textbox", { name: "需要什么（一句话）" })).toHaveValue(title);
});
