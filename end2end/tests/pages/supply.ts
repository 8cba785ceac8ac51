import { expect, type Locator, type Page } from "@playwright/test";
import { callable } from "../support/api.ts";

export interface Offer {
  title: string;
  places: number;
  county: string;
}

export const card = (page: Page, title: string): Locator => page.getByTestId("supply-card").filter({ hasText: title });
export const row = (page: Page, title: string): Locator => page.getByTestId("supply-row").filter({ hasText: title });
export const state = (page: Page): Locator => page.getByTestId("supply-state");
export const places = (page: Page): Locator => page.getByTestId("places");
export const ownPick = (page: Page): Locator => page.getByTestId("own-pick");
export const rejection = (page: Page): Locator => page.getByTestId("rejection");
export const toAnswer = (page: Page): Locator => page.getByTestId("asked-pick");

/** Fills in the form, page by page, up to the button that sends it. */
export async function write(page: Page, offer: Offer): Promise<void> {
  await page.getByRole("link", { name: "写一个供给项目" }).click();
  await page.getByLabel("能提供什么（一句话）").fill(offer.title);
  const choose = (question: string, answer: string) => page.getByRole("group", { name: question }).getByRole("radio", { name: answer }).check();
  await choose("属于哪一类", "教育文化");
  await choose("属于哪个专项行动", "四小建设");
  await choose("怎么帮", "两样都要");
  await page.getByLabel("具体做些什么").fill("送图书和书架，教会两位管理员。");
  await page.getByLabel("给什么").fill("图书");
  await page.getByLabel("多少", { exact: true }).fill("300");
  await page.getByLabel("单位", { exact: true }).fill("册");
  await page.getByRole("button", { name: "下一页" }).click();
  await page.getByLabel("一共能帮几个村（名额）").fill(String(offer.places));
  await page.getByRole("button", { name: offer.county, exact: true }).click();
  await page.getByRole("button", { name: "下一页" }).click();
  await choose("钱从哪来", "自己筹的");
  await expect(page.getByTestId("remaining")).toContainText("可以发了");
}

export async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "发去审核" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "供给项目" })).toBeVisible();
}

/** Finds a supply in the list by its words and opens it. */
export async function find(page: Page, title: string): Promise<void> {
  await page.getByRole("searchbox").fill(title);
  await row(page, title).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

export async function pick(page: Page, quantity: number, network: "online" | "offline"): Promise<void> {
  await page.getByRole("button", { name: "点这个项目" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.locator(".stepper").getByRole("textbox").fill(String(quantity));
  await sheet.getByLabel("给对方的话").fill("村小旁有间空屋。");
  await sheet.getByLabel("电话").fill(callable.phone);
  await sheet.getByRole("button", { name: network === "online" ? "点单" : "记下点单", exact: true }).click();
  await expect(sheet).toBeHidden();
}

export async function accept(page: Page, village: string, quantity: number): Promise<void> {
  await toAnswer(page).filter({ hasText: village }).getByRole("button", { name: "答应", exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.locator(".stepper").getByRole("textbox").fill(String(quantity));
  await sheet.getByLabel("你们的电话").fill(callable.phone);
  await sheet.getByRole("button", { name: "答应", exact: true }).click();
  await expect(sheet).toBeHidden();
}
