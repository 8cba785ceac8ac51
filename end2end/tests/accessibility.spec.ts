import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { signIn } from "./pages/sign_in.ts";
import { ready } from "./pages/site.ts";
import { computer, type Device, type Screen } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const narrow: Screen = { width: 360, height: 640 };

/** WCAG 2.2 AA as far as a machine sees it; no sideways scrolling; nothing to tap is small. */
async function isUsable(page: Page, where: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page })
    .withTags(["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"])
    // Measured below, for every control at once and at twice the size asked there.
    .disableRules(["target-size"])
    .analyze();
  expect.soft(violations.map(({ id, nodes }) => `${where}: ${id}: ${nodes.map((node) => node.html).join(" ")}`)).toEqual([]);
  const { wide, low } = await page.evaluate(() => {
    const controls = document.querySelectorAll("button, a[href], input, select, textarea, [role=button]");
    const seen = (e: Element) => e.checkVisibility() && !e.closest("p, dd, .unseen") && e.className !== "skip";
    const target = (e: Element) => (e.matches("input[type=radio], input[type=checkbox]") && e.closest("label")) || e;
    return {
      wide: document.documentElement.scrollWidth - innerWidth,
      low: [...controls]
        .filter(seen)
        .map(target)
        .filter((e) => e.getBoundingClientRect().height < 43.5)
        .map((e) => e.outerHTML.slice(0, 120)),
    };
  });
  expect.soft(wide, `${where} scrolls sideways`).toBeLessThanOrEqual(0);
  expect.soft(low, `${where}: low targets`).toEqual([]);
}

async function everyPage(page: Page, device: Device, paths: string[], mode: string): Promise<void> {
  for (const path of paths) {
    await page.goto(device.url + path);
    await ready(page);
    await isUsable(page, `${path} ${mode}`);
  }
}

const PAGES: [name: string, person: string, screen: Screen, paths: string[]][] = [
  ["village", people.village, narrow, ["/", "/needs/new", "/library", "/sync", "/settings"]],
  ["organization", people.organization, narrow, ["/library", "/orders", "/sync", "/settings"]],
  ["county on a phone", people.county, narrow, ["/inbox", "/library", "/sync", "/settings"]],
  ["county at a desk", people.county, computer, ["/inbox", "/library", "/sync", "/settings"]],
];

for (const [name, person, screen, paths] of PAGES) {
  test(`${name}: every page is usable, in the dark and with large text too`, async ({ device }) => {
    const here = device(name, { screen });
    const page = await here.open();
    await page.getByRole("button", { name: "登录" }).waitFor();
    await isUsable(page, "/signin");
    await signIn(page, person);
    await everyPage(page, here, paths, "light");
    await page.emulateMedia({ colorScheme: "dark" });
    await everyPage(page, here, paths, "dark");
    await page.emulateMedia({ colorScheme: "light" });
    await page.goto(`${here.url}/settings`);
    await page.getByRole("checkbox", { name: "大字" }).check();
    await expect(page.locator("html")).toHaveAttribute("data-text", "large");
    await everyPage(page, here, paths, "large text");
  });
}
