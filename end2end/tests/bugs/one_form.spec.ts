// One form, two tabs: each form is written in one tab, a new one is a new one, and nothing that was typed is lost.
import * as form from "../pages/need_form.ts";
import { enter } from "../pages/sign_in.ts";
import { ready } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";
import type { Page } from "@playwright/test";

const title = (page: Page) => page.getByRole("textbox", { name: "需要什么（一句话）" });

test("a second tab begins a new need, and both arrive", async ({ device }) => {
  const phone = device("village");
  const one = await phone.open();
  await enter(one, people.village);
  await village.newNeed(one);
  await form.write(one, form.lamps("第一个窗口写的路灯"));
  await form.saved(one);

  const two = await phone.another("/needs/new");
  await ready(two);
  await expect(two.getByTestId("form-another")).toContainText("第一个窗口写的路灯");
  await expect(title(two)).toHaveValue("");
  await form.write(two, form.lamps("第二个窗口写的水管"));
  await form.send(two);
  await expect(village.needCard(two, "第二个窗口写的水管")).toContainText("县里已收到");

  await expect(title(one)).toHaveValue("第一个窗口写的路灯");
  await form.send(one);
  for (const words of ["第一个窗口写的路灯", "第二个窗口写的水管"]) {
    await expect(village.needCard(one, words)).toContainText("县里已收到");
  }
});

test("a form that is open elsewhere says so, can be taken over, and nothing is lost", async ({ device }) => {
  const phone = device("village");
  const one = await phone.open();
  await enter(one, people.village);
  await village.newNeed(one);
  await title(one).pressSequentially("写到一半的路灯");

  const two = await phone.another("/needs/new");
  await two.getByTestId("form-another").getByRole("link").click();
  await expect(two.getByTestId("form-elsewhere")).toBeVisible();
  await title(one).pressSequentially("，还在写");
  await two.getByRole("button", { name: "在这里接着写" }).click();
  await expect(title(two)).toHaveValue("写到一半的路灯，还在写");
  await expect(one.getByTestId("form-moved")).toBeVisible();
  await expect(one.getByRole("button", { name: "发给县里审核" })).toBeDisabled();
  await expect(title(one)).toHaveValue("写到一半的路灯，还在写");

  await form.write(two, form.lamps("在第二个窗口写完的路灯"));
  await form.saved(two);
  // And back again.
  await one.getByRole("button", { name: "回到这里写" }).click();
  await expect(title(one)).toHaveValue("在第二个窗口写完的路灯");
  await expect(two.getByTestId("form-moved")).toBeVisible();
  await form.send(one);
  await expect(village.needCard(one, "在第二个窗口写完的路灯")).toContainText("县里已收到");
  await expect(two.getByTestId("form-moved")).toContainText("已经在另一个窗口里发出去了");
});
