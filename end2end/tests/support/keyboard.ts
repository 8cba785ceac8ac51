// Hands that have a keyboard and nothing else.
import { expect, type Locator, type Page } from "@playwright/test";

/** More than any page of a test has controls. */
const MOST = 120;

/** Goes to a control with Tab. */
export async function reach(page: Page, control: Locator): Promise<void> {
  await control.waitFor();
  const isHere = () => control.evaluate((e) => e === document.activeElement);
  for (let step = 0; step < MOST && !(await isHere()); step += 1) await page.keyboard.press("Tab");
  await expect(control).toBeFocused();
}

/** Goes to a link or button and presses it. */
export async function press(page: Page, control: Locator): Promise<void> {
  await reach(page, control);
  // What has just come is not pressed yet.
  await expect(control).toBeEnabled();
  await page.keyboard.press("Enter");
}

/** Goes to a field and writes over what stands there. */
export async function write(page: Page, field: Locator, words: string): Promise<void> {
  await reach(page, field);
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(words);
}

/** Goes to a group of answers and chooses one with the arrows. */
export async function choose(page: Page, answer: Locator): Promise<void> {
  await answer.waitFor();
  const inGroup = () => answer.evaluate((e) => (document.activeElement as HTMLInputElement)?.name === (e as HTMLInputElement).name);
  for (let step = 0; step < MOST && !(await inGroup()); step += 1) await page.keyboard.press("Tab");
  await page.keyboard.press("Space");
  for (let step = 0; step < 12 && !(await answer.isChecked()); step += 1) await page.keyboard.press("ArrowDown");
  await expect(answer).toBeChecked();
}
