// What every page has: title, the line that tells the truth about sync, navigation.
import { expect, type Locator, type Page } from "@playwright/test";

export const title = (page: Page): Locator => page.locator("header.top h1");
export const syncLine = (page: Page): Locator => page.getByTestId("sync-line");

/** The program runs and has shown what this device holds. */
export async function ready(page: Page): Promise<void> {
  await syncLine(page).waitFor();
}

/** Nothing of this device waits for the network, and the last contact went well. */
export async function synced(page: Page): Promise<void> {
  await expect(syncLine(page)).toHaveAttribute("data-state", "on");
  await expect(syncLine(page)).toHaveAttribute("data-waiting", "0");
}

/** Everything this person needs is on the device: the page itself says so. */
export async function worksOffline(page: Page): Promise<void> {
  await expect(page.locator("html")).toHaveAttribute("data-offline", "ready");
}

export async function waiting(page: Page, changes: number): Promise<void> {
  await expect(syncLine(page)).toHaveAttribute("data-waiting", String(changes));
}

/** Behind the name of a tab may stand how much waits there. */
export async function goTo(page: Page, name: string): Promise<void> {
  await page.getByRole("navigation").getByRole("link", { name: new RegExp(`^${name}(\\s|\\d|$)`) }).click();
}
