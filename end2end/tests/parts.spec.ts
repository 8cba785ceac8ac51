// The program comes in parts: one that is not there is told in words, and nothing that was written is lost.
import type { Page } from "@playwright/test";
import * as form from "./pages/need_form.ts";
import { ready, synced, waiting, worksOffline } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const part = (name: string) => (path: string) => path.startsWith(`/assets/${name}-`);
const worker = (path: string) => path === "/sw.js";
const missing = (page: Page) => page.getByTestId("part-missing");

async function signInOnly(page: Page, phone: string) {
  await page.getByRole("textbox", { name: "手机号" }).fill(phone);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
}

test("a part that cannot be fetched says so and is fetched again, and what waits is still there", async ({ device, network }) => {
  // Without a service worker nothing keeps the parts.
  network.goesWrong({ is: "refused" }, worker);
  const page = await device("village", { through: network }).open();
  await signInOnly(page, people.village);
  await ready(page);
  await synced(page);
  await village.newNeed(page);
  await form.write(page, form.lamps("河边的路要装灯"));
  network.goesWrong({ is: "refused" }, (path) => path.startsWith("/api/"));
  await form.send(page);
  await waiting(page, 1);

  network.goesWrong({ is: "refused" }, part("account"));
  await page.getByRole("navigation").getByRole("link", { name: "我的" }).last().click();
  await expect(missing(page)).toContainText("还没有下载下来");
  await expect(missing(page)).toContainText("写过的内容都还在");
  // A Wi-Fi's own page is no part of the program either.
  network.goesWrong({ is: "captive portal" }, part("account"));
  await missing(page).getByRole("button", { name: "再试一次" }).click();
  await expect(missing(page)).toContainText("还没有下载下来");
  network.isFine();
  network.goesWrong({ is: "refused" }, (path) => path.startsWith("/api/"));
  await missing(page).getByRole("button", { name: "再试一次" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "我的" })).toBeVisible();
  await waiting(page, 1);
});

test("the part behind the sign-in is fetched again after the password was right", async ({ device, network }) => {
  network.goesWrong({ is: "refused" }, part("inside"));
  const page = await device("village", { through: network }).open();
  await signInOnly(page, people.village);
  await expect(missing(page)).toContainText("还没有下载下来");
  network.isFine();
  await missing(page).getByRole("button", { name: "再试一次" }).click();
  await ready(page);
  await synced(page);
});

test("a tab that outlived its release is told to open again", async ({ device, network }) => {
  network.goesWrong({ is: "refused" }, worker);
  const page = await device("village", { through: network }).open();
  await signInOnly(page, people.village);
  await ready(page);
  network.goesWrong({ is: "gone" }, part("account"));
  await page.getByRole("navigation").getByRole("link", { name: "我的" }).last().click();
  await expect(missing(page)).toContainText("乡单已经更新");
  network.isFine();
  await missing(page).getByRole("button", { name: "重新打开" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "我的" })).toBeVisible();
});

test("that it works without a network is said only when every part of this person is kept", async ({ device, network, server }) => {
  network.goesWrong({ is: "slow", ms: 1500 }, part("office"));
  network.goesWrong({ is: "refused" }, part("orders"));
  const page = await device("organization", { through: network }).open();
  await signInOnly(page, people.organization);
  await ready(page);
  await synced(page);
  await page.goto(network.url + "/sync");
  const said = page.getByTestId("offline");
  await expect(said).toContainText("还差 1 部分");
  await expect(page.locator("html")).toHaveAttribute("data-offline", "not-yet");

  // The network is back while a part that others need is still on its way.
  network.isFine();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await worksOffline(page);
  await expect(said).toContainText("没有网络也能用");
  // It is true: every page of this person opens, in the same tab and in a new one.
  await server.stop();
  network.goesWrong({ is: "refused" });
  for (const path of ["/orders", "/library", "/me", "/settings", "/sync"]) {
    await page.goto(network.url + path);
    await ready(page);
    await expect(missing(page)).toHaveCount(0);
  }
  await expect(said).toContainText("没有网络也能用");
});

test("while phone number and password are typed, what is behind the sign-in is fetched; who is remembered gets it at once", async ({ device, network }) => {
  const here = device("village", { through: network });
  const page = await here.open();
  const password = page.getByRole("textbox", { name: "密码" });
  await password.waitFor();
  const asked = (name: string) => network.asked.filter(part(name)).length;
  expect(asked("inside")).toBe(0);
  await page.getByRole("textbox", { name: "手机号" }).click();
  await expect.poll(() => asked("needs")).toBe(1);
  expect(asked("inside")).toBe(1);
  for (const name of ["shared", "review"]) expect(asked(name)).toBe(0);

  await signInOnly(page, people.village);
  await worksOffline(page);
  // Each part came once, also for the service worker, which takes it from the browser's own cache.
  for (const name of ["inside", "needs", "shared", "account"]) expect(asked(name)).toBe(1);
});

test("where an organization was signed in last, its home is fetched once while the password is typed", async ({ device, network }) => {
  const page = await device("organization", { through: network }).open();
  const asked = (name: string) => network.asked.filter(part(name)).length;
  const phone = page.getByRole("textbox", { name: "手机号" });
  await phone.waitFor();
  // What stays on a device after signing out.
  await page.evaluate(() => localStorage.setItem("xiangdan-home", "library"));
  await page.reload();
  await phone.click();
  await expect.poll(() => asked("library")).toBe(1);
  expect(asked("inside")).toBe(1);
  for (const name of ["needs", "shared"]) expect(asked(name)).toBe(0);

  await signInOnly(page, people.organization);
  await worksOffline(page);
  for (const name of ["inside", "shared", "library"]) expect(asked(name)).toBe(1);
});

test("what areas share is fetched again when it could not be", async ({ device, network }) => {
  network.goesWrong({ is: "refused" }, worker);
  const page = await device("village", { through: network }).open();
  await signInOnly(page, people.village);
  await ready(page);
  await synced(page);
  network.goesWrong({ is: "refused" }, part("shared"));
  await page.getByRole("link", { name: "发一条需求" }).click();
  await expect(missing(page)).toContainText("还没有下载下来");
  network.isFine();
  await missing(page).getByRole("button", { name: "再试一次" }).click();
  await form.write(page, form.lamps("河边的路要装灯"));
  await form.send(page);
  await synced(page);
});
