import { readFileSync } from "node:fs";
import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, ready, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "村小图书角缺书和书架";

test("large text stays after the browser was closed", async ({ device }) => {
  const phone = device("village");
  let page = await phone.open();
  await signIn(page, people.village);
  await page.goto(`${phone.url}/settings`);
  await page.getByRole("checkbox", { name: "大字" }).check();
  await expect(page.locator("html")).toHaveAttribute("data-text", "large");
  await phone.close();
  page = await phone.open();
  await ready(page);
  await expect(page.locator("html")).toHaveAttribute("data-text", "large");
});

test("signing out with unsent work warns, and what waits can be saved to a file", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);

  await goTo(page, "我的");
  await page.getByRole("link", { name: "同步" }).click();
  await expect(page.getByTestId("waiting")).toContainText(title);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "把没发出的存成文件" }).click(),
  ]);
  expect(readFileSync(await file.path(), "utf8")).toContain(title);

  await page.goto(`${phone.url}/settings`);
  await page.getByRole("button", { name: "退出登录" }).click();
  const question = page.getByRole("dialog");
  await expect(question).toContainText("1 条");
  await question.getByRole("button", { name: "先不退出" }).click();
  await expect(question).toBeHidden();
  await waiting(page, 1);
});

test("a session that ended keeps the unsent work, and signing in again sends it", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  await page.context().clearCookies();
  await server.start();
  await page.reload();
  await expect(page.getByText("重新登录").first()).toBeVisible();
  await page.getByRole("link", { name: "登录已过期，请重新登录" }).click();
  await signIn(page, people.village);
  // The first page, not the question again.
  await expect(page.getByRole("textbox", { name: "密码" })).toHaveCount(0);
  expect(new URL(page.url()).pathname).toBe("/");
  await expect(village.needCard(page, title)).toContainText("县里已收到");
  await expect(village.needCard(page, title)).toHaveCount(1);
});

test("who signs in is led to what they asked for, and from the sign-in page to the first one", async ({ device }) => {
  const phone = device("village");
  const page = await phone.open("/signin");
  await signIn(page, people.village);
  await expect(page.getByRole("textbox", { name: "密码" })).toHaveCount(0);
  expect(new URL(page.url()).pathname).toBe("/");

  const other = await device("organization").open("/settings");
  await signIn(other, people.organization);
  await expect(other.getByRole("heading", { level: 1, name: "设置" })).toBeVisible();
});
