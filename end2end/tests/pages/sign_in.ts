import type { Page } from "@playwright/test";
import { password } from "../support/people.ts";
import { ready, synced, syncLine, worksOffline } from "./site.ts";

/** Signs in and waits until this device holds what the person may see. */
export async function enter(page: Page, phone: string): Promise<void> {
  await page.getByRole("textbox", { name: "手机号" }).fill(phone);
  await page.getByRole("textbox", { name: "密码" }).fill(password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await synced(page);
}

/** Signs in and waits until this device holds what the person may see, and the parts of the program for it. */
export async function signIn(page: Page, phone: string): Promise<void> {
  await enter(page, phone);
  await worksOffline(page);
}

/** A browser that was killed may have forgotten who was signed in, never what was written. */
export async function signInIfAsked(page: Page, phone: string): Promise<void> {
  const asked = page.getByRole("textbox", { name: "手机号" });
  await asked.or(syncLine(page)).first().waitFor();
  if (await asked.isVisible()) await signIn(page, phone);
}

/** A killed browser may know who was signed in and have lost the session: the line under the title leads to the question. */
export async function signInAgainIfAsked(page: Page, phone: string): Promise<void> {
  const ended = page.getByRole("link", { name: "登录已过期，请重新登录" });
  await ended.or(page.locator("[data-testid=sync-line][data-state=on]")).waitFor();
  if (!(await ended.isVisible())) return;
  await ended.click();
  await signIn(page, phone);
}
