import { expect, type Locator, type Page } from "@playwright/test";

export const row = (page: Page, title: string): Locator => page.getByTestId("library-row").filter({ hasText: title });

export async function search(page: Page, words: string): Promise<void> {
  await page.getByRole("searchbox", { name: "搜索" }).fill(words);
}

export async function openNeed(page: Page, title: string): Promise<void> {
  await search(page, title);
  await row(page, title).getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

/** Chooses filters in their sheet. */
export async function filter(page: Page, ...names: string[]): Promise<void> {
  await page.getByRole("button", { name: /^筛选/ }).click();
  const sheet = page.getByRole("dialog");
  for (const name of names) {
    await sheet.getByRole("button", { name, exact: true }).click();
    await expect(sheet.getByRole("button", { name, exact: true })).toHaveAttribute("aria-pressed", "true");
  }
  await sheet.getByRole("button", { name: /^看这|关闭$/ }).click();
  await expect(sheet).toBeHidden();
}

/** How many needs the list says it has. */
export async function count(page: Page): Promise<number> {
  const words = (await page.getByTestId("library-count").textContent()) ?? "";
  return Number(/[\d,]+/.exec(words)?.[0].replaceAll(",", "") ?? Number.NaN);
}
