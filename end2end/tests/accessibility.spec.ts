import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced } from "./pages/site.ts";
import { Client, inDays, needOf, publish } from "./support/api.ts";
import { computer, type Screen } from "./support/device.ts";
import { randomUUID } from "node:crypto";
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

/** A page, or a page with something opened on it. */
type Stop = [path: string, what?: string, open?: (page: Page) => Promise<unknown>];

const button = (page: Page, name: string | RegExp): Locator => page.getByRole("button", { name, exact: typeof name === "string" });
const press = (name: string | RegExp) => (page: Page) => button(page, name).click();

const firstSupply = (page: Page) => page.getByTestId("supply-row").first().getByRole("link").click();

/** The needs and orders that the pages below are opened on. */
type Story = { waiting: string; published: string; disputed: string; active: string; delivered: string };

/** A need that waits, one that can be taken, one of which one part is delivered, and orders to work on. */
async function story(url: string): Promise<Story> {
  const [village, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((phone) => Client.signIn(url, phone, people.password)),
  );
  const post = async (title: string, quantity: number) => {
    const wish = needOf(title, quantity);
    await village.does("PostNeed", wish);
    return wish.need;
  };
  const take = async (need: string, quantity: number) => {
    const order = randomUUID();
    const contact = { name: "陈小玲", phone: "13800000003" };
    const { verdict } = await member.does("TakeOrder", { order, need, lines: [{ item: 1, quantity }], due: inDays(20), contact });
    expect(verdict).toBe("applied");
    return order;
  };
  const waiting = await post("等着审核的一条", 3);
  const published = await post("可以接的一条", 9);
  const disputed = await post("做了一半的一条", 9);
  for (const need of [published, disputed]) await publish([county, department], need);
  const active = await take(published, 2);
  const report = { progress: randomUUID(), text: "装好了两盏", cash: 320000, goods: 0, persons: 4, visits: 0 };
  await member.does("ReportProgress", { order: active, ...report });
  const delivered = await take(disputed, 3);
  await member.does("MarkDelivered", { order: delivered, note: "请晚上看看" });
  return { waiting, published, disputed, active, delivered };
}

const everybody: Stop[] = [["/me"], ["/sync"], ["/settings"], ["/settings", "signing out", press("退出登录")], ["/nowhere"]];
const county = ({ waiting, published }: Story): Stop[] => [
  ["/inbox"],
  [`/inbox?need=${waiting}`],
  [`/inbox?need=${waiting}`, "returning", press("退回，写原因")],
  ["/county"],
  ["/library"],
  ["/supplies"],
  ["/supplies", "one that waits", (page) => page.getByTestId("supply-to-screen").first().click()],
  [`/needs/${published}`],
  ...everybody,
];
const region = ({ waiting, disputed }: Story): Stop[] => [
  ["/"],
  [`/needs/${waiting}`],
  [`/needs/${disputed}`],
  ...everybody,
];

const PEOPLE: [name: string, person: string, screen: Screen, stops: (story: Story) => Stop[]][] = [
  [
    "village",
    people.village,
    narrow,
    ({ waiting, published, disputed, delivered }) => [
      ["/"],
      ["/needs/new"],
      ["/needs/new", "what is missing", press("发给县里审核")],
      [`/needs/${waiting}`],
      [`/needs/${waiting}`, "withdrawing", press("撤回")],
      [`/needs/${waiting}/edit`],
      [`/needs/${published}`],
      [`/needs/${disputed}`],
      [`/needs/${disputed}`, "disputing", press("没有做到")],
      [`/orders/${delivered}`],
      ["/library"],
      ["/supplies"],
      ["/supplies", "one that was picked", firstSupply],
      ...everybody,
    ],
  ],
  [
    "organization",
    people.organization,
    narrow,
    ({ published, active, delivered }) => [
      ["/library", "nothing found", (page) => page.getByRole("searchbox", { name: "搜索" }).fill("没有这样的词")],
      ["/library", "everything", press("清除筛选")],
      [
        "/library",
        "filtered",
        async (page) => {
          await page.getByRole("combobox", { name: "排序" }).selectOption({ label: "快到期的在前" });
          await button(page, /^筛选/).click();
          await button(page, "教技术、帮销路（造血）").click();
          await expect(button(page, "教技术、帮销路（造血）")).toHaveAttribute("aria-pressed", "true");
        },
      ],
      [`/needs/${published}`],
      [`/needs/${published}`, "taking", press("接单")],
      ["/orders"],
      [`/orders/${active}`],
      [`/orders/${active}`, "reporting", press("写进展")],
      [`/orders/${active}`, "delivering", press("报告已完成")],
      [`/orders/${active}`, "giving back", press("放弃这一单")],
      [`/orders/${delivered}`],
      ["/supplies"],
      ["/supplies/new"],
      ["/supplies/new", "what is missing", async (page) => { await press("钱和人")(page); await press("发去审核")(page); }],
      ["/supplies", "one that was picked", (page) => page.getByTestId("supply-card").first().click()],
      ...everybody,
    ],
  ],
  ["county on a phone", people.county, narrow, county],
  ["county at a desk", people.county, computer, county],
  ["city on a phone", people.city, narrow, region],
  ["province at a desk", people.province, computer, region],
  ["administrator", people.administrator, computer, () => [["/"], ...everybody]],
];

for (const [name, person, screen, stops] of PEOPLE) {
  test(`${name}: every page and every question is usable, in the dark and with large text too`, async ({ device, server }) => {
    test.setTimeout(300_000);
    const all = stops(await story(server.url));
    const here = device(name, { screen });
    const page = await here.open();
    await button(page, "登录").waitFor();
    await isUsable(page, "/signin");
    await button(page, "登录").click();
    await isUsable(page, "/signin with what is missing");
    await signIn(page, person);
    const visit = async ([path, , open]: Stop) => {
      await page.goto(here.url + path);
      await ready(page);
      await synced(page);
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      await open?.(page);
    };
    for (const stop of all) {
      const where = stop.slice(0, 2).join(" ");
      await visit(stop);
      await isUsable(page, `${where} light`);
      await page.emulateMedia({ colorScheme: "dark" });
      await isUsable(page, `${where} dark`);
      await page.emulateMedia({ colorScheme: "light" });
    }
    await page.goto(`${here.url}/settings`);
    await page.getByRole("checkbox", { name: "大字" }).check();
    await expect(page.locator("html")).toHaveAttribute("data-text", "large");
    for (const stop of all) {
      await visit(stop);
      await isUsable(page, `${stop.slice(0, 2).join(" ")} large text`);
    }
  });
}
