import { expect, type Locator, type Page } from "@playwright/test";

export const state = (page: Page): Locator => page.getByTestId("order-state");

export async function open(page: Page, needTitle: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: needTitle }).click();
  await expect(page.getByRole("heading", { level: 1, name: needTitle })).toBeVisible();
}

export async function report(page: Page, words: string, cashYuan: string): Promise<void> {
  await page.getByRole("button", { name: "写进展" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "做了什么" }).fill(words);
  await sheet.getByRole("textbox", { name: "支出（元）" }).fill(cashYuan);
  await sheet.getByRole("button", { name: "发给村里" }).click();
  await expect(sheet).toBeHidden();
}

export async function delivered(page: Page, note: string): Promise<void> {
  await page.getByRole("button", { name: "报告已完成" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox", { name: "请村里看看什么" }).fill(note);
  await sheet.getByRole("button", { name: "报告已完成" }).click();
  await expect(sheet).toBeHidden();
}
