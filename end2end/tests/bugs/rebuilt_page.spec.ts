// A page that is open is not made anew under the finger.
import * as library from "../pages/library.ts";
import { signIn } from "../pages/sign_in.ts";
import { ready, synced } from "../pages/site.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

/** How often the library is opened; more of them look harder. */
const RUNS = Number(process.env.RUNS || 5);

test("what is tapped just after opening stays, although news of the person arrives", async ({ device }) => {
  test.setTimeout(60_000 + RUNS * 15_000);
  const here = device("organization");
  const page = await here.open();
  await signIn(page, people.organization);
  for (let run = 1; run <= RUNS; run += 1) {
    // The device remembers another name than the server will tell it.
    await page.evaluate(() => {
      const actor = JSON.parse(localStorage.getItem("xiangdan-actor") ?? "{}");
      localStorage.setItem("xiangdan-actor", JSON.stringify({ ...actor, name: "从前的名字" }));
      sessionStorage.clear();
    });
    const news = page.waitForResponse((answer) => answer.url().endsWith("/api/v1/me"));
    await page.goto(`${here.url}/library`, { waitUntil: "commit" });
    await page.evaluate(() => sessionStorage.clear());
    await page.getByRole("button", { name: "筛选" }).click();
    const chip = page.getByRole("dialog").getByRole("button", { name: "人居环境" });
    if ((await chip.getAttribute("aria-pressed")) === "true") await page.getByRole("dialog").getByRole("button", { name: "清除筛选" }).click();
    await chip.click();
    await news;
    await expect.poll(() => page.evaluate(() => JSON.parse(localStorage.getItem("xiangdan-actor") ?? "{}").name), `run ${run}`).not.toBe("从前的名字");
    await synced(page);
    await expect(chip, `run ${run}`).toHaveAttribute("aria-pressed", "true");
    await expect(page.getByRole("dialog"), `run ${run}`).toBeVisible();
  }
});

test("filters, search and order are those of before, after leaving by a tab and after loading again", async ({ device }) => {
  const page = await device("organization").open();
  await signIn(page, people.organization);
  const all = await library.count(page);
  await library.filter(page, "人居环境", "教技术、帮销路（造血）");
  await expect(page.getByRole("button", { name: "筛选 2" })).toBeVisible();
  await page.getByRole("combobox", { name: "排序" }).selectOption({ label: "快到期的在前" });
  await library.search(page, "村");
  await expect.poll(() => library.count(page)).toBeLessThan(all);
  const left = await library.count(page);
  const isAsBefore = async () => {
    await ready(page);
    await expect(page.getByRole("button", { name: "筛选 2" })).toBeVisible();
    await expect(page.getByRole("combobox", { name: "排序" })).toHaveValue("deadline");
    await expect(page.getByRole("searchbox")).toHaveValue("村");
    await expect.poll(() => library.count(page)).toBe(left);
  };
  await page.getByRole("navigation").getByRole("link", { name: /我的接单/ }).click();
  await page.getByRole("navigation").getByRole("link", { name: /项目库/ }).click();
  await isAsBefore();
  await page.reload();
  await isAsBefore();
});
