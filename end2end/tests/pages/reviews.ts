// What is said of an order when it is over, and months later.
import type { Locator, Page } from "@playwright/test";

export const reviews = (page: Page): Locator => page.getByTestId("reviews");

/** Answers all three questions of a review, and writes something. */
export async function review(page: Page, answers: string[], words: string): Promise<void> {
  for (const [n, answer] of answers.entries()) {
    await page.locator("fieldset.is-group").nth(n).getByRole("radio", { name: answer, exact: true }).check();
  }
  await page.getByLabel("还有什么要说的").fill(words);
  await page.getByRole("button", { name: "交上去" }).click();
}

/** Answers whether it is still in use, and writes something. */
export async function answer(page: Page, said: string, words: string): Promise<void> {
  await page.getByRole("radio", { name: said, exact: true }).check();
  await page.getByLabel(/写一句/).fill(words);
  await page.getByRole("button", { name: "回答", exact: true }).click();
}
