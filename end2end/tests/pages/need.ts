import { expect, type Locator, type Page } from "@playwright/test";
import { callable, inDays } from "../support/api.ts";

export const state = (page: Page): Locator => page.getByTestId("need-state");
export const rejection = (page: Page): Locator => page.getByTestId("rejection");

/** Takes so many of an item, or of the first one where it has no name; the button says whether that holds at once. */
export async function take(page: Page, item: string, quantity: number, network: "online" | "offline"): Promise<void> {
  await page.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const amounts = sheet.locator(".stepper").getByRole("textbox", item ? { name: item } : {});
  for (const amount of (await amounts.all()).slice(1)) await amount.fill("0");
  await amounts.first().fill(String(quantity));
  await sheet.getByLabel("打算什么时候交到村里").fill(inDays(30));
  await sheet.getByLabel("你们的电话").fill(callable.phone);
  await sheet.getByRole("button", { name: network === "online" ? "接单" : "记下接单意向", exact: true }).click();
  await expect(sheet).toBeHidden();
}
