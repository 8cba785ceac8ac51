import { expect, type Page } from "@playwright/test";
import { inDays } from "../support/api.ts";

export type Wish = { title: string; item: string; quantity: number; unit: string };

export const lamps = (title: string, quantity = 12): Wish => ({ title, item: "路灯", quantity, unit: "盏" });

const text = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });

/** Answers everything that is required. */
export async function write(page: Page, wish: Wish): Promise<void> {
  await text(page, "需要什么（一句话）").fill(wish.title);
  await page.getByRole("radio", { name: "人居环境" }).check();
  await page.getByRole("radio", { name: /输血/ }).check();
  await text(page, "要什么").fill(wish.item);
  await text(page, "数量").fill(String(wish.quantity));
  await text(page, "单位").fill(wish.unit);
  await page.getByLabel("最晚什么时候").fill(inDays(60));
  await text(page, "多少人受益").fill("160");
  await text(page, "联系人").fill("杨国胜");
  await text(page, "电话").fill("13800000001");
}

export async function saved(page: Page): Promise<void> {
  await expect(page.getByTestId("draft-saved")).toContainText("已存");
}

export async function send(page: Page): Promise<void> {
  await page.getByRole("button", { name: "发给县里审核" }).click();
}
