// One phone, two people: work never goes out under whoever holds the cookie, and a tab whose person has left says so.
import type { Page } from "@playwright/test";
import * as form from "../pages/need_form.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, syncLine, synced, waiting } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import { Client } from "../support/api.ts";
import { exchange } from "../support/network.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const title = "村小门口要装四盏灯";

/** Signs in without waiting for what comes after it. */
async function enter(page: Page, phone: string): Promise<void> {
  await page.getByRole("textbox", { name: "手机号" }).fill(phone);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
}

async function needsOf(url: string, phone: string): Promise<string[]> {
  const client = await Client.signIn(url, phone, people.password);
  return (await client.rows("need")).map((row) => row.body.content.title);
}

test("somebody else signs in in another tab: the first one stops and says so, and its need waits for its own person", async ({ device, network, server }) => {
  const phone = device("village", { through: network });
  const one = await phone.open();
  await signIn(one, people.village);
  network.goesWrong({ is: "refused" }, exchange);
  await village.newNeed(one);
  await form.write(one, form.lamps(title));
  await form.send(one);
  await waiting(one, 1);

  const two = await phone.another("/signin");
  await enter(two, people.otherVillage);
  await expect(one.getByTestId("ended")).toContainText("换人登录");
  await expect(one.getByText(title)).toHaveCount(0);
  network.isFine();
  await expect(village.needCard(two, title)).toHaveCount(0);
  await synced(two);
  expect(await needsOf(server.url, people.otherVillage)).not.toContain(title);
  expect(await needsOf(server.url, people.village)).not.toContain(title);

  // Opening the first tab again shows whoever is signed in now, and none of what the other person wrote.
  await one.getByRole("button", { name: "重新打开" }).click();
  await ready(one);
  await synced(one);
  await expect(one.getByText(title)).toHaveCount(0);

  // The first person is back, in one tab; the other one gives way, and the need goes out once, as theirs.
  await two.goto(`${phone.url}/signin`);
  await enter(two, people.village);
  await expect(one.getByTestId("ended")).toContainText("换人登录");
  await expect(village.needCard(two, title)).toContainText("县里已收到");
  await synced(two);
  expect((await needsOf(server.url, people.village)).filter((found) => found === title)).toHaveLength(1);
  expect(await needsOf(server.url, people.otherVillage)).not.toContain(title);
});

test("in the same tab: who signs in over somebody else sees only their own, and nothing of the other goes out", async ({ device, network, server }) => {
  const phone = device("village", { through: network });
  const page = await phone.open();
  await signIn(page, people.village);
  network.goesWrong({ is: "refused" }, exchange);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  // Within the program: the page is not loaded anew.
  await page.evaluate(() => {
    history.pushState({}, "", "/signin");
    dispatchEvent(new PopStateEvent("popstate"));
  });
  await enter(page, people.otherVillage);
  await expect(page.getByRole("textbox", { name: "密码" })).toHaveCount(0);
  network.isFine();
  await synced(page);
  await expect(village.needCard(page, title)).toHaveCount(0);
  expect(await needsOf(server.url, people.otherVillage)).not.toContain(title);
  expect(await needsOf(server.url, people.village)).not.toContain(title);
});

test("the cookie is somebody else's and no tab said so: the line tells it, and signing in again sends what waits", async ({ device, network, server }) => {
  const phone = device("village", { through: network });
  const page = await phone.open();
  await signIn(page, people.village);
  const cookies = page.context();
  const other = await Client.signIn(server.url, people.organization, people.password);
  await cookies.addCookies([{ name: "xiangdan_session", value: other.session, url: phone.url, httpOnly: true, sameSite: "Strict" }]);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  const line = page.getByRole("link", { name: "这台设备现在登录的是别人" });
  await line.waitFor();
  expect(network.asked.filter((path) => path === "/api/v1/exchange").length).toBeLessThan(12);
  await line.click();
  await enter(page, people.village);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
  await synced(page);
});

test("signing out in one tab ends the other, and signing in again in the same tab syncs", async ({ device }) => {
  const phone = device("village");
  const one = await phone.open();
  await signIn(one, people.village);
  const two = await phone.another("/");
  await ready(two);
  await goTo(one, "我的");
  await one.getByRole("link", { name: "设置" }).click();
  await one.getByRole("button", { name: "退出登录" }).click();
  await one.getByRole("dialog").getByRole("button", { name: "退出", exact: true }).click();
  await expect(two.getByTestId("ended")).toContainText("已经退出登录");
  await expect(syncLine(two)).toHaveCount(0);

  await signIn(one, people.village);
  await one.goto(`${phone.url}/`);
  await village.newNeed(one);
  await form.write(one, form.lamps(title));
  await form.send(one);
  await expect(village.needCard(one, title)).toContainText("县里已收到");
});
