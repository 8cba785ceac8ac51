import * as library from "./pages/library.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced } from "./pages/site.ts";
import { Client, needOf } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";
import { forgetBusy, seen, watch } from "./support/watch.ts";

const NEEDS = 10_000;
/** Longer than this nobody calls scrolling smooth; a debug build on a busy machine keeps it. */
const LONGEST_MS = 400;

test("ten thousand needs are scrolled and searched, and only what is seen is in the page", async ({ device, server }) => {
  test.setTimeout(300_000);
  const [village, county, department] = await Promise.all(
    [people.village, people.county, people.otherDepartment].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const wishes = Array.from({ length: NEEDS }, (_, n) => needOf(`第 ${n + 1} 条：${["路灯", "课桌", "水渠", "义诊"][n % 4]}`, 1 + (n % 30)));
  const posted = await village.doesAll("PostNeed", wishes);
  expect(posted.filter(({ verdict }) => verdict !== "applied")).toEqual([]);
  const opinions = wishes.map(({ need }) => ({ need, opinion: { publish: {} } }));
  await county.doesAll("ScreenNeed", opinions);
  await department.doesAll("ScreenNeed", opinions);

  for (const [screen, name] of [[undefined, "phone"], [computer, "desk"]] as const) {
    const page = await device(name, { screen }).open();
    await signIn(page, people.organization);
    await watch(page);
    await page.reload();
    await ready(page);
    await synced(page);
    await expect.poll(() => library.count(page)).toBeGreaterThanOrEqual(NEEDS);
    const total = await library.count(page);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);

    await forgetBusy(page);
    // A thumb that flings through the list, then jumps to its ends and into its middle.
    await page.evaluate(async () => {
      for (let step = 0; step < 120; step += 1) {
        scrollBy(0, 700);
        await new Promise(requestAnimationFrame);
      }
    });
    for (const part of [0.5, 1, 0.25, 0]) {
      await page.evaluate((part) => scrollTo(0, document.documentElement.scrollHeight * part), part);
      // Wherever one stops, the middle of the window shows a need with words on it.
      await expect
        .poll(() => page.evaluate(() => document.elementFromPoint(innerWidth / 2, innerHeight * 0.6)?.closest(".vrow")?.textContent ?? ""))
        .toMatch(/剩 \d+ 天|截止/);
      expect(await page.getByTestId("library-row").count()).toBeLessThan(40);
      expect(await page.evaluate(() => document.querySelectorAll("*").length)).toBeLessThan(1_500);
      expect(await page.evaluate(() => document.documentElement.scrollHeight)).toBe(height);
    }
    const scrolling = await seen(page);
    expect(scrolling.longest, "the longest time without an answer while scrolling").toBeLessThan(LONGEST_MS);
    expect(scrolling.shift, scrolling.jumped.join("\n")).toBeLessThan(0.01);
    expect(await library.count(page)).toBe(total);

    await library.search(page, "第 9999 条");
    await expect.poll(() => library.count(page)).toBe(1);
    await expect(library.row(page, "第 9999 条")).toBeVisible();
  }
});
