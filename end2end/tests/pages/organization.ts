// Social organizations: signing up and registering, the bureau's decision, members, and what both sides say of an order.
import { expect, type Locator, type Page } from "@playwright/test";
import { ready } from "./site.ts";

export const standing = (page: Page): Locator => page.getByTestId("standing");
export const card = (page: Page): Locator => page.getByTestId("organization");
/** What waits, in the inbox. */
export const waiting = (page: Page): Locator => page.getByTestId("todo");

/** Opens an account for an organization that is not here yet. */
export async function signUp(page: Page, who: { name: string; phone: string; password: string }): Promise<void> {
  await page.getByRole("button", { name: "社会组织第一次用？在这里注册" }).click();
  await page.getByRole("textbox", { name: "你的姓名" }).fill(who.name);
  await page.getByRole("textbox", { name: "手机号" }).fill(who.phone);
  await page.getByLabel("设一个密码").fill(who.password);
  await page.getByRole("button", { name: "注册", exact: true }).click();
  await ready(page);
}

export type Profile = { code: string; registeredIn: string; name: string; scope: string; topic: string; county: string; contact: string; phone: string };

/** Fills the form in and sends it to the bureau. */
export async function register(page: Page, profile: Profile): Promise<void> {
  await page.getByLabel("统一社会信用代码").fill(profile.code);
  await page.getByLabel("在哪里登记的").selectOption({ label: profile.registeredIn });
  await page.getByLabel("组织名称").fill(profile.name);
  await page.getByLabel("业务范围").fill(profile.scope);
  await page.getByRole("checkbox", { name: profile.topic }).check({ force: true });
  await page.getByLabel("服务哪些县").selectOption({ label: profile.county });
  await page.getByLabel("联系人").fill(profile.contact);
  await page.getByLabel("联系电话").fill(profile.phone);
  await send(page);
}

export async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "交给民政部门审核" }).click();
}

/** The bureau refuses what is on the screen. */
export async function refuse(page: Page, button: string, reason: string, words: string): Promise<void> {
  await page.getByRole("button", { name: button, exact: true }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("radio", { name: reason }).check();
  await sheet.getByLabel("怎么改才行").fill(words);
  await sheet.getByRole("button", { name: "确定", exact: true }).click();
  await expect(sheet).toBeHidden();
}
