// A new version taken in one tab does not pull another one from under whoever works there.
import type { Page } from "@playwright/test";
import { signIn } from "../pages/sign_in.ts";
import { ready } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import { nextSite } from "../support/paths.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const build = (page: Page) => page.locator("meta[name=build]").getAttribute("content").catch(() => null);

test("an update taken in one tab loads the idle tabs again, and tells the one where something is open", async ({ device, network }) => {
  const here = device("village", { through: network });
  const first = await here.open();
  await signIn(first, people.village);
  await first.evaluate(async () => void (await navigator.serviceWorker.ready));
  await first.reload();
  await ready(first);
  const [writing, idle, asked] = [await here.another("/"), await here.another("/me"), await here.another("/settings")];
  for (const page of [writing, idle, asked]) await ready(page);
  await village.newNeed(writing);
  await writing.getByRole("textbox", { name: "需要什么（一句话）" }).fill("改到一半的需求");
  await asked.getByRole("button", { name: "退出登录" }).click();
  await expect(asked.getByRole("dialog")).toBeVisible();

  network.serves(nextSite);
  await first.evaluate(async () => void (await (await navigator.serviceWorker.ready).update()));
  await first.getByRole("button", { name: "现在更新" }).click();
  for (const page of [first, idle]) await expect.poll(() => build(page)).toMatch(/-next$/);

  await expect(writing.getByText("乡单已在另一个页面更新")).toBeVisible();
  await expect(writing.getByRole("textbox", { name: "需要什么（一句话）" })).toHaveValue("改到一半的需求");
  expect(await build(writing)).not.toMatch(/-next$/);
  await expect(asked.getByRole("dialog")).toBeVisible();
  await asked.getByRole("button", { name: "先不退出" }).click();
  await asked.getByRole("button", { name: "重新打开" }).click();
  await expect.poll(() => build(asked)).toMatch(/-next$/);
});
