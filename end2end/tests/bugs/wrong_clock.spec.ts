// A phone whose clock is wrong: days are counted by the server's, the difference is said, and pages move on at midnight.
import * as form from "../pages/need_form.ts";
import * as library from "../pages/library.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, synced, syncLine } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const hour = 3_600_000;
const title = "卫生室门前的台阶要修";

for (const [ahead, words] of [
  [-3, "手机时间比县里慢 3 小时"],
  [50, "手机时间比县里快 2 天"],
] as const) {
  test(`a phone whose clock is ${ahead} hours off says so and works by the server's time`, async ({ device }) => {
    const phone = device("village");
    const page = await phone.open();
    await page.clock.install({ time: Date.now() + ahead * hour });
    await page.reload();
    await signIn(page, people.village);
    await expect(syncLine(page)).toContainText(words);
    await village.newNeed(page);
    await form.write(page, form.lamps(title));
    await form.send(page);
    await expect(village.needCard(page, title)).toContainText("县里已收到");
    await synced(page);
    await syncLine(page).getByRole("link").click();
    await expect(page.getByTestId("clock")).toContainText("自动设置时间");
    // The last contact is a moment of today, however wrong the phone is.
    await expect(page.getByTestId("waiting")).toContainText("上次联系县里：今天");
    // Without a network the difference is remembered.
    await page.reload();
    await ready(page);
    await expect(syncLine(page)).toContainText(words);
  });
}

test("a page that stays open moves on at midnight", async ({ device, server }) => {
  const page = await device("organization").open();
  await page.clock.install();
  await page.reload();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  const left = page.getByTestId("library-row").filter({ hasText: /剩 [1-9]\d* 天/ }).first();
  const days = async (): Promise<number> => Number(/剩 (\d+) 天/.exec((await left.textContent()) ?? "")?.[1]);
  await left.waitFor();
  const title = (await left.getByRole("heading").textContent()) ?? "";
  const before = await days();
  await server.stop();
  const now = await page.evaluate(() => Date.now());
  const untilMidnight = 24 * hour - ((now + 8 * hour) % (24 * hour));
  await page.clock.fastForward(untilMidnight + 5_000);
  await expect(library.row(page, title)).toContainText(before > 1 ? `剩 ${before - 1} 天` : "今天截止");
});
