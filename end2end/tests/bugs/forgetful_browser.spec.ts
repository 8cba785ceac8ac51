// Browsers that forget: the sign-in page says it first; storage that is cleared under an open page is made anew and told.
import * as form from "../pages/need_form.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, synced, waiting } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const wechat =
  "Mozilla/5.0 (Linux; Android 12; M2007J17C; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/116.0.0.0 XWEB/1160117 MMWEBSDK/20240301 Mobile Safari/537.36 MicroMessenger/8.0.48.2580(0x28003052) WeChat/arm64 NetType/WIFI Language/zh_CN";

test("in WeChat the sign-in page first says what it forgets, with the address for a real browser", async ({ device }) => {
  const phone = device("wechat");
  const page = await phone.open();
  await expect(page.getByRole("button", { name: "登录" })).toBeVisible();
  await expect(page.getByTestId("forgetful")).toHaveCount(0);
  await page.addInitScript((agent) => Object.defineProperty(navigator, "userAgent", { get: () => agent }), wechat);
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: phone.url });
  await page.reload();
  const told = page.getByTestId("forgetful");
  await expect(told).toContainText("微信");
  await expect(told).toContainText(phone.url);
  await told.getByRole("button", { name: "复制地址" }).click();
  await expect(told).toContainText("已经复制");
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(phone.url);
});

test("a browser without a database says so, with the address for another one", async ({ device }) => {
  const phone = device("old");
  const page = await phone.open();
  await page.addInitScript(() => Object.defineProperty(self, "indexedDB", { get: () => undefined }));
  await page.reload();
  const told = page.getByRole("alert");
  await expect(told).toContainText("不让网页把内容存在本机");
  await expect(told).toContainText(phone.url);
});

test("storage cleared under an open page: what waits is written down again, later work is kept, and the words fit", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await server.stop();
  const titles = ["村口到小学缺路灯", "想给老人活动室添几把椅子", "清掉以后写的一件事"];
  for (const title of titles.slice(0, 2)) {
    await village.newNeed(page);
    await form.write(page, form.lamps(title));
    await form.send(page);
    await expect(village.needCard(page, title)).toBeVisible();
  }
  await waiting(page, 2);
  const browser = await page.context().newCDPSession(page);
  await browser.send("Storage.clearDataForOrigin", { origin: new URL(phone.url).origin, storageTypes: "indexeddb" });

  await village.newNeed(page);
  await form.write(page, form.lamps(titles[2]));
  await form.send(page);
  await expect(village.needCard(page, titles[2])).toBeVisible();
  await waiting(page, 3);
  await goTo(page, "我的");
  await page.getByRole("link", { name: "同步" }).click();
  await expect(page.getByText("浏览器清掉过乡单存在这台设备上的内容")).toBeVisible();
  await expect(page.getByText("空间满了")).toHaveCount(0);

  await page.reload();
  await ready(page);
  await waiting(page, 3);
  await server.start();
  await page.getByRole("button", { name: "现在同步" }).click();
  await synced(page);
  await goTo(page, "我的需求");
  for (const title of titles) {
    await expect(village.needCard(page, title)).toHaveCount(1);
    await expect(village.needCard(page, title)).toContainText("县里已收到");
  }
});
