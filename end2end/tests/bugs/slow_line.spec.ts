// A line below 27 kbit/s: what ends a call is silence and not length, pages are as large as the line carries, and progress is shown.
import { ready, syncLine, synced } from "../pages/site.ts";
import { exchange } from "../support/network.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

test("a first download on a very thin line goes on page by page and says how far it is", async ({ device, network }) => {
  const page = await device("organization", { through: network }).open();
  // What goes wrong ends open connections: the page has to be there.
  await page.getByRole("textbox", { name: "手机号" }).fill(people.organization);
  network.goesWrong({ is: "thin", bytesPerSecond: 3_000 }, exchange);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await expect(syncLine(page)).toContainText(/已下载 \d+ 条/);
  await page.getByTestId("library-row").first().waitFor();
  await expect(syncLine(page)).toHaveAttribute("data-state", "busy");
  // What came is kept when the page is closed in the middle.
  await page.reload();
  await ready(page);
  await page.getByTestId("library-row").first().waitFor();
  network.isFine();
  await synced(page);
});

test("an answer that takes longer than a minute in pieces is read to its end", async ({ device, network }) => {
  const page = await device("organization", { through: network }).open();
  await page.clock.install();
  await page.reload();
  await page.getByRole("textbox", { name: "手机号" }).fill(people.organization);
  network.goesWrong({ is: "held", pieces: 4 }, exchange, 1);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  const asked = (): number => network.asked.filter((path) => path === "/api/v1/exchange").length;
  for (let piece = 0; piece < 4; piece++) {
    // Nobody has given up and asked again.
    expect(asked()).toBe(1);
    await network.letThrough();
    await page.clock.runFor(25_000);
  }
  await synced(page);
});

test("a line that breaks before the boot script has come leaves a page that says what to do", async ({ device, network }) => {
  network.goesWrong({ is: "refused" }, (path) => path.startsWith("/assets/boot-"), 1);
  const page = await device("organization", { through: network }).open();
  const again = page.getByRole("link", { name: "再试一次" });
  await expect(again).toBeVisible({ timeout: 40_000 });
  await again.click();
  await expect(page.getByRole("textbox", { name: "手机号" })).toBeVisible();
});
