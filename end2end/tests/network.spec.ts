import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, ready, syncLine, synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { api, exchange } from "./support/network.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "水渠垮了 30 米要修";

test("an answer lost after the server decided does no harm: the need is there once", async ({ device, network }) => {
  const page = await device("village", { through: network }).open();
  await signIn(page, people.village);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  network.goesWrong({ is: "answer lost" }, exchange, 2);
  await form.send(page);
  await synced(page);
  await expect(village.needCard(page, title)).toHaveCount(1);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
  await page.reload();
  await expect(village.needCard(page, title)).toHaveCount(1);
});

for (const is of ["bad gateway", "captive portal", "refused", "answer torn"] as const) {
  test(`${is}: the page says what waits, keeps it, and sends it when the network is back`, async ({ device, network }) => {
    const page = await device("village", { through: network }).open();
    await signIn(page, people.village);
    network.goesWrong({ is }, api);
    await village.newNeed(page);
    await form.write(page, form.lamps(title));
    await form.send(page);
    await waiting(page, 1);
    await expect(village.needCard(page, title)).toContainText("等待发送");
    await expect(syncLine(page)).not.toHaveAttribute("data-state", "on");
    await page.reload();
    await ready(page);
    await expect(village.needCard(page, title)).toContainText("等待发送");
    network.isFine();
    await goTo(page, "我的");
    await page.getByRole("link", { name: "同步" }).click();
    await page.getByRole("button", { name: "现在同步" }).click();
    await synced(page);
    await goTo(page, "我的需求");
    await expect(village.needCard(page, title)).toContainText("县里已收到");
  });
}

test("on a slow network every page opens from the phone", async ({ device, network }) => {
  const page = await device("organization", { through: network }).open();
  await signIn(page, people.organization);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  network.goesWrong({ is: "slow", ms: 60_000 });
  for (const [path, heading] of [
    ["/library", "项目库"],
    ["/orders", "我的接单"],
    ["/sync", "同步"],
    ["/settings", "设置"],
  ]) {
    await page.goto(network.url + path);
    await expect(page.getByRole("heading", { level: 1, name: heading })).toBeVisible();
  }
});
