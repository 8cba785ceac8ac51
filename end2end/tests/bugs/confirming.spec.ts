// Confirming: what was reported and spent stands above the two answers, one question is asked, then it is done. What is disputed is not green.
import type { Locator, Page } from "@playwright/test";
import { signIn } from "../pages/sign_in.ts";
import { synced } from "../pages/site.ts";
import { Client, deliver, needOf, publish } from "../support/api.ts";
import { computer } from "../support/device.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

async function delivered(url: string, title: string): Promise<{ village: Client; member: Client; need: string; order: string }> {
  const [village, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((p) => sign(url, p)),
  );
  const wish = needOf(title, 8);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  return { village, member, need: wish.need, order: await deliver(member, wish.need, 8) };
}

/** The green that means "done", as the page itself has it. */
const green = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.className = "pill is-done";
    const { color } = getComputedStyle(probe);
    probe.remove();
    return color;
  });

async function isNotGreen(page: Page, what: Locator): Promise<void> {
  await expect(what.first()).toBeVisible();
  const colours = await what.evaluateAll((all) => all.map((e) => getComputedStyle(e).color));
  expect(colours).not.toContain(await green(page));
}

test("what was reported and spent stands above both answers, and one answer ends it", async ({ device, server }) => {
  const { village, need, order } = await delivered(server.url, "等村里确认的一条");
  const page = await device("village").open(`/needs/${need}`);
  await signIn(page, people.village);
  const card = page.getByRole("main").getByRole("region").filter({ has: page.getByRole("button", { name: "确认做到了" }) });
  const yes = (await card.getByRole("button", { name: "确认做到了" }).boundingBox())!;
  const no = (await card.getByRole("button", { name: "没有做到" }).boundingBox())!;
  for (const words of ["灯杆都立好了", /支出 3,200 元/, /物资折价 500 元/, "请晚上看看"]) {
    const box = (await card.getByText(words).first().boundingBox())!;
    expect(box.y + box.height).toBeLessThanOrEqual(Math.min(yes.y, no.y));
  }
  // Without scrolling.
  expect(yes.y + yes.height).toBeLessThanOrEqual(844);
  await expect(card.getByText("真的做到了吗？")).toHaveCount(1);
  await card.getByRole("button", { name: "确认做到了" }).click();
  await expect(page.getByRole("main")).toContainText("你点了“确认做到了”");
  await expect(page.getByRole("button", { name: "确认做到了" })).toHaveCount(0);
  await synced(page);
  await expect(page.getByRole("main")).toContainText("这一单办完了");
  const row = (await village.rows("order")).find((row) => row.id === order)!;
  expect(Object.keys(row.body.state)).toEqual(["confirmed"]);
});

test("an answer can be recalled, with its words", async ({ device, server }) => {
  const { village, need, order } = await delivered(server.url, "点错了的一条");
  const page = await device("village").open(`/needs/${need}`);
  await signIn(page, people.village);
  await page.getByRole("button", { name: "没有做到" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "哪里没有做到" }).fill("还差一盏");
  await sheet.getByRole("button", { name: "告诉对方" }).click();
  await page.getByRole("button", { name: "撤销" }).click();
  await expect(page.getByRole("button", { name: "确认做到了" })).toBeEnabled();
  await page.getByRole("button", { name: "没有做到" }).click();
  await expect(sheet.getByRole("textbox", { name: "哪里没有做到" })).toHaveValue("还差一盏");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "确认做到了" }).click();
  await synced(page);
  await expect.poll(async () => Object.keys((await village.rows("order")).find((row) => row.id === order)!.body.state), { timeout: 20_000 }).toEqual(["confirmed"]);
});

/** The bar of what is taken has another colour than one on which all goes well. */
async function hasNoGreenBar(page: Page, where: Locator): Promise<void> {
  const bar = where.locator(".bar").first();
  await expect(bar).toBeVisible();
  const [shown, well] = await bar.evaluate((bar) => {
    const colour = (of: Element) => getComputedStyle(of.firstElementChild!).backgroundColor;
    const probe = bar.parentElement!.appendChild(bar.cloneNode(true) as Element);
    probe.className = "bar";
    const both = [colour(bar), colour(probe)];
    probe.remove();
    return both;
  });
  expect(shown).not.toBe(well);
}

test("a disputed need is green nowhere", async ({ device, server }) => {
  const title = "说没做到的一条";
  const { village, need, order } = await delivered(server.url, title);
  expect((await village.does("DisputeDelivery", { order, reason: "还有两盏不亮" })).verdict).toBe("applied");

  const cadre = await device("village").open();
  await signIn(cadre, people.village);
  const card = cadre.getByTestId("need-card").filter({ hasText: title });
  await expect(card).toContainText("村里说没做到");
  await isNotGreen(cadre, card.locator(".pill"));
  await hasNoGreenBar(cadre, card);
  await card.click();
  await isNotGreen(cadre, cadre.getByTestId("need-state"));
  await isNotGreen(cadre, cadre.getByRole("main").locator(".pill"));
  await hasNoGreenBar(cadre, cadre.getByRole("main"));
  const dispute = cadre.locator(".timeline > li").filter({ hasText: "还有两盏不亮" });
  await expect(dispute).toHaveClass(/is-alert/);
  const reported = cadre.locator(".timeline > li").filter({ hasText: "报告已完成" });
  await expect(reported).toHaveClass(/is-fact/);

  const officer = await device("county", { screen: computer }).open("/county");
  await signIn(officer, people.county);
  await officer.getByRole("searchbox", { name: "搜索" }).fill(title);
  const row = officer.getByRole("main").getByRole("link", { name: title });
  await expect(row).toContainText("村里说没做到");
  await isNotGreen(officer, row.locator(".pill"));

  const member = await device("organization").open(`/orders/${order}`);
  await signIn(member, people.organization);
  await isNotGreen(member, member.getByTestId("order-state").locator(".pill"));
  expect(need).toBeTruthy();
});
