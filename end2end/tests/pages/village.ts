import { expect, type Locator, type Page } from "@playwright/test";

export const needCard = (page: Page, title: string): Locator => page.getByTestId("need-card").filter({ hasText: title });

export async function newNeed(page: Page): Promise<void> {
  await page.getByRole("link", { name: "发一条需求" }).click();
  await expect(page.getByRole("heading", { name: "发一条需求" })).toBeVisible();
}

export async function openNeed(page: Page, title: string): Promise<void> {
  await needCard(page, title).click();
  await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
}

export async function confirmDelivery(page: Page): Promise<void> {
  await page.getByRole("button", { name: "确认做到了" }).click();
}
