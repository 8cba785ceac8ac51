import * as form from "./pages/need_form.ts";
import { signIn, signInAgainIfAsked, signInIfAsked } from "./pages/sign_in.ts";
import { synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { smallPhone } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "通组路缺路灯 18 盏";

test("a browser killed in the middle of a form has kept every word", async ({ device }) => {
  const phone = device("village");
  let page = await phone.open();
  await signIn(page, people.village);
  await village.newNeed(page);
  await form.write(page, form.lamps(title, 18));
  await page.getByRole("textbox", { name: "情况说明" }).pressSequentially("晚上没有灯，老人不敢出门");
  await form.saved(page);
  await phone.crash();

  page = await phone.open("/needs/new");
  await signInIfAsked(page, people.village);
  await expect(page.getByRole("textbox", { name: "需要什么（一句话）" })).toHaveValue(title);
  await expect(page.getByRole("textbox", { name: "情况说明" })).toHaveValue("晚上没有灯，老人不敢出门");
  await expect(page.getByRole("radio", { name: "人居环境" })).toBeChecked();
  await expect(page.getByRole("textbox", { name: "数量" })).toHaveValue("18");
  await form.send(page);
  // Whether it is sent at once depends on whether the killed browser has kept its session.
  await expect(village.needCard(page, title)).toBeVisible();
});

test("what is sent at once and killed at once still arrives, once", async ({ device, server }) => {
  const phone = device("village");
  let page = await phone.open();
  await signIn(page, people.village);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await server.stop();
  await form.send(page);
  await expect(village.needCard(page, title)).toBeVisible();
  await phone.crash();
  await server.start();

  page = await phone.open();
  await signInIfAsked(page, people.village);
  await signInAgainIfAsked(page, people.village);
  await synced(page);
  await expect(village.needCard(page, title)).toHaveCount(1);
  await expect(village.needCard(page, title)).toContainText("县里已收到");
});

test("a form with a missing answer says which one and moves there", async ({ device }) => {
  const page = await device("village", { screen: smallPhone }).open();
  await signIn(page, people.village);
  await village.newNeed(page);
  await page.getByRole("textbox", { name: "需要什么（一句话）" }).fill(title);
  await form.send(page);
  await expect(page.locator("[aria-invalid=true], .is-bad input, .is-bad textarea").first()).toBeFocused();
  await waiting(page, 0);
});
