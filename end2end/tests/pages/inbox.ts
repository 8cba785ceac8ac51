import { expect, type Locator, type Page } from "@playwright/test";

export const opened = (page: Page): Locator => page.getByRole("region", { name: "打开的需求" });
export const heading = (page: Page): Locator => opened(page).getByRole("heading", { level: 2 });
export const agreeButton = (page: Page): Locator => opened(page).getByRole("button", { name: /^同意/ });
/** What was decided last, with the button that recalls it. */
export const said = (page: Page): Locator => page.locator(".said");

export async function openNeed(page: Page, title: string): Promise<void> {
  await page.getByRole("main").getByRole("link", { name: title }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
}

export async function publish(page: Page): Promise<void> {
  await agreeButton(page).click();
  await expect(said(page)).toContainText("已同意");
}

export async function returnToVillage(page: Page, words: string): Promise<void> {
  await page.getByRole("button", { name: "退回" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("radio").first().check();
  await question.getByRole("textbox", { name: "请村里怎么改" }).fill(words);
  await question.getByRole("button", { name: "退回给村里" }).click();
  await expect(said(page)).toContainText("已退回");
}

/** Opens a need by its address, as a link from elsewhere does. */
export async function openNeedByAddress(page: Page, need: string): Promise<void> {
  await page.goto(new URL(`/inbox?need=${need}`, page.url()).href);
  await expect(agreeButton(page)).toBeEnabled();
}
