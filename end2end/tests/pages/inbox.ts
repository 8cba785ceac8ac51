import { expect, type Page } from "@playwright/test";

export async function openNeed(page: Page, title: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

export async function publish(page: Page): Promise<void> {
  await page.getByRole("button", { name: /^同意/ }).click();
}

export async function returnToVillage(page: Page, words: string): Promise<void> {
  await page.getByRole("button", { name: "退回" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("radio").first().check();
  await question.getByRole("textbox", { name: "请村里怎么改" }).fill(words);
  await question.getByRole("button", { name: "退回给村里" }).click();
}
