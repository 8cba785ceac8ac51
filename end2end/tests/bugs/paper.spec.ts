// What is printed is complete, black on white, and has nothing on it that only a finger could use.
import type { Page } from "@playwright/test";
import { signIn } from "../pages/sign_in.ts";
import { ready, synced } from "../pages/site.ts";
import { Client } from "../support/api.ts";
import { computer, phone, type Screen } from "../support/device.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const number = (words: string | null) => Number(/[\d,]+/.exec(words ?? "")?.[0].replaceAll(",", "") ?? Number.NaN);

/** Everything visible is dark on white, nothing is cut, nothing is wider than the sheet. */
async function isPaper(page: Page, where: string): Promise<void> {
  const wrong = await page.evaluate(() => {
    const wrong: string[] = [];
    const seen = (e: Element) => (e as HTMLElement).offsetParent !== null && getComputedStyle(e).visibility === "visible" && !e.closest(".unseen");
    for (const e of document.querySelectorAll(".nav, .skip, .back, .btn, button, input, select, .sync, .banner")) if (seen(e)) wrong.push(`still there: ${e.outerHTML.slice(0, 80)}`);
    for (const e of document.querySelectorAll("main *, h1")) {
      if (!seen(e) || !e.textContent?.trim()) continue;
      const style = getComputedStyle(e);
      const [r, g, b] = (/\d+, \d+, \d+/.exec(style.color)?.[0] ?? "255").split(",").map(Number);
      if (Math.max(r, g, b) > 90) wrong.push(`not black: ${style.color} ${e.outerHTML.slice(0, 80)}`);
      const fill = style.backgroundColor;
      if (fill !== "rgba(0, 0, 0, 0)" && fill !== "rgb(255, 255, 255)") wrong.push(`not white: ${fill} ${e.outerHTML.slice(0, 80)}`);
      if (style.overflow !== "visible" && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) wrong.push(`cut: ${e.outerHTML.slice(0, 80)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth + 1) wrong.push(`wider than the sheet: ${document.documentElement.scrollWidth}`);
    return wrong.slice(0, 8);
  });
  expect(wrong, where).toEqual([]);
}

/** How many sheets a print has. */
async function sheets(page: Page): Promise<number> {
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  return pdf.match(/\/Type\s*\/Page\b(?!s)/g)?.length ?? 0;
}

const LISTS: [name: string, person: string, screen: Screen, path: string, rows: string, count: string][] = [
  ["county", people.county, computer, "/county", "county-row", "county-count"],
  ["organization", people.organization, phone, "/library", "library-row", "library-count"],
];

for (const [name, person, screen, path, rows, count] of LISTS) {
  test(`the whole list of ${path} is on paper, whatever part of it was on the screen`, async ({ device }) => {
    const here = device(name, { screen });
    const page = await here.open();
    await signIn(page, person);
    await page.goto(here.url + path);
    await ready(page);
    await synced(page);
    await expect.poll(async () => number(await page.getByTestId(count).textContent())).toBeGreaterThan(20);
    const total = number(await page.getByTestId(count).textContent());
    expect(await page.getByTestId(rows).count()).toBeLessThan(total);
    await page.emulateMedia({ media: "print", colorScheme: "dark" });
    await expect(page.getByTestId(rows)).toHaveCount(total);
    await isPaper(page, path);
    await page.emulateMedia({ media: "screen", colorScheme: "light" });
    await expect.poll(() => page.getByTestId(rows).count()).toBeLessThan(total);
    // A print that nobody announced by the medium has as many sheets as so many rows need.
    const printed = await sheets(page);
    expect(printed).toBeGreaterThan(total / 20);
    expect(printed).toBeLessThan(total / 4);
    await expect.poll(() => page.getByTestId(rows).count()).toBeLessThan(total);
  });
}

test("every page that is read can be printed", async ({ device, server }) => {
  test.setTimeout(240_000);
  const people_: [string, string, Screen, string[]][] = [
    ["village", people.village, phone, ["/", "/needs/", "/orders/"]],
    ["organization", people.organization, phone, ["/orders", "/orders/", "/needs/"]],
    ["county", people.county, computer, ["/", "/needs/"]],
    ["city", people.city, computer, ["/"]],
  ];
  for (const [name, person, screen, paths] of people_) {
    const client = await Client.signIn(server.url, person, people.password);
    const here = device(name, { screen });
    const page = await here.open();
    await signIn(page, person);
    for (const path of paths) {
      const address = path.length > 1 && path.endsWith("/") ? path + (await client.rows(path === "/needs/" ? "need" : "order"))[0].id : path;
      await page.goto(here.url + address);
      await ready(page);
      await synced(page);
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      await page.emulateMedia({ media: "print", colorScheme: "dark" });
      await expect(page.locator(".imprint")).toContainText("打印");
      await isPaper(page, `${name} ${path}`);
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
    }
    await here.close();
  }
});
