import { signIn } from "./pages/sign_in.ts";
import { synced, title as heading, waiting } from "./pages/site.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("a county sees what does not move and reminds of it without a network, once in three days", async ({ device, server }) => {
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.getByRole("navigation").getByRole("link", { name: /需要跟进/ }).click();
  await expect(heading(page)).toHaveText("需要跟进");
  await expect(page.getByTestId("follow-row").first()).toBeVisible();
  const total = Number(/\d+/.exec((await page.getByTestId("follow-count").textContent())!)![0]);
  // The tab counts what the page lists.
  await page.goto(server.url);
  await expect(page.getByRole("navigation").getByRole("link", { name: /需要跟进/ }).locator(".badge")).toContainText(String(total));
  await page.getByRole("navigation").getByRole("link", { name: /需要跟进/ }).click();
  let sum = 0;
  for (const why of ["一直没人接", "过了交付日", "接了没动静", "做完没确认"]) {
    sum += Number(/\d+$/.exec((await page.locator(".chip").filter({ hasText: why }).textContent())!.trim())![0]);
  }
  expect(sum).toBe(total);

  await page.getByRole("radio", { name: /做完没确认/ }).check();
  const row = page.getByTestId("follow-row").filter({ has: page.getByRole("button", { name: "提醒村里确认" }) }).first();
  await expect(row).toBeVisible();
  await expect(row.locator("a[href^='tel:']")).toBeVisible();
  const name = (await row.getByRole("heading").textContent())!;
  await server.stop();
  await row.getByRole("button", { name: "提醒村里确认" }).click();
  const same = page.getByTestId("follow-row").filter({ hasText: name }).first();
  await expect(same).toContainText("三天里只提醒一次");
  await waiting(page, 1);
  await server.start();
  await synced(page);
});
