import { agreeButton } from "./pages/inbox.ts";
import { signIn } from "./pages/sign_in.ts";
import { synced, title as heading } from "./pages/site.ts";
import { Client, needOf } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("an officer works through the inbox with the keyboard", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  for (const title of ["第一条键盘需求", "第二条键盘需求"]) await village.does("PostNeed", needOf(title, 3));
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await expect(heading(page)).toHaveText("待审核");
  const picked = page.locator(".pick[aria-current], .pick[aria-selected=true]");
  await page.keyboard.press("j");
  const first = await picked.getByRole("strong").or(picked.locator("b")).first().textContent();
  await page.keyboard.press("j");
  await expect(picked.locator("b")).not.toHaveText(first!);
  await page.keyboard.press("k");
  await expect(picked.locator("b")).toHaveText(first!);
  // What is not read yet is not decided.
  const opened = page.getByRole("region", { name: "打开的需求" }).getByRole("heading", { level: 2 });
  await expect(opened).toHaveText(first!);
  await expect(agreeButton(page)).toBeEnabled();
  await page.keyboard.press("a");
  await expect(page.locator(".pick").filter({ hasText: first! })).toHaveCount(0);
  await synced(page);

  await page.keyboard.press("j");
  await expect(opened).toHaveText((await picked.locator("b").textContent())!);
  await expect(agreeButton(page)).toBeEnabled();
  await page.keyboard.press("r");
  const question = page.getByRole("dialog");
  await expect(question).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(question).toBeHidden();
});
