// What people type: understood, or refused at its field with the way out; never destroyed, never cut.
import * as form from "../pages/need_form.ts";
import { enter } from "../pages/sign_in.ts";
import * as village from "../pages/village.ts";
import { Client, needOf } from "../support/api.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const text = (page: import("@playwright/test").Page, name: string) => page.getByRole("textbox", { name, exact: true });

test("numbers, units and phones are read at their fields, and a tap destroys nothing", async ({ device }) => {
  const page = await device("village").open();
  await enter(page, people.village);
  await village.newNeed(page);
  await form.write(page, form.lamps("通组路要修一段水渠"));

  const quantity = text(page, "数量");
  const unit = text(page, "单位");
  const says = (words: string) => expect(page.locator(".error").filter({ hasText: words })).toBeVisible();
  await unit.fill("公里");
  await quantity.fill("1.5");
  await quantity.blur();
  await says("1.5 公里请写成 1500 米");
  await quantity.fill("2,5");
  await quantity.blur();
  await says("是 2.5 就写 2.5，是 25 就写 25");
  await page.getByRole("button", { name: "增加" }).click();
  await expect(quantity).toHaveValue("2,5");
  await unit.fill("块");
  await unit.blur();
  await quantity.fill("20");
  await quantity.blur();
  await says("分不清是钱还是东西");
  await unit.fill("万元");
  await quantity.fill("３。５");
  await quantity.blur();
  await expect(page.getByTestId("understood")).toHaveText("按 35,000 元 算");

  const phone = text(page, "电话");
  await phone.fill("1380000000");
  await phone.blur();
  await says("手机号是 11 位，现在是 10 位");
  await expect(page.getByTestId("remaining")).toContainText("还有要改的");
  await phone.fill("13800000001/13900000002");
  await phone.blur();
  await says("只写一个号码");
  await phone.fill("\u202d+86 138-0000-0001\u202c");

  // A paste is not cut: it says how much is too much.
  const title = text(page, "需要什么（一句话）");
  await title.fill("修".repeat(43));
  await title.blur();
  await says("多了 3 个");
  await expect(title).toHaveValue("修".repeat(43));
  await title.fill(" 通组路要修\u200b一段水渠 ");
  await text(page, "多少人受益").fill("约160人");
  await form.send(page);
  await expect(village.needCard(page, "通组路要修一段水渠")).toContainText("县里已收到");
  await village.openNeed(page, "通组路要修一段水渠");
  await expect(page.getByRole("main")).toContainText("35,000 元");
  await expect(page.locator('a[href="tel:13800000001"]').first()).toBeVisible();
});

test("one item is called what the title says", async ({ device }) => {
  const page = await device("village").open();
  await enter(page, people.village);
  await village.newNeed(page);
  await form.write(page, form.lamps("通组路缺路灯 18 盏"));
  await text(page, "要什么").fill("");
  await expect(text(page, "要什么")).toHaveAttribute("placeholder", "路灯");
  await form.send(page);
  await village.openNeed(page, "通组路缺路灯 18 盏");
  await expect(page.getByText("路灯", { exact: true }).first()).toBeVisible();
});

test("values that were set without events are believed", async ({ device }) => {
  const page = await device("village").open();
  const set = (id: string, value: string) =>
    page.locator(`#${id}`).evaluate((field, value) => {
      (field as HTMLInputElement).value = value;
    }, value);
  await expect(page.locator("html")).toHaveAttribute("translate", "no");
  await page.getByRole("textbox", { name: "手机号" }).waitFor();
  await set("phone", people.village);
  await set("password", people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await village.newNeed(page);
  await form.write(page, form.lamps("由浏览器填好联系人的一条"));
  await set("contact-name", "浏览器填的人");
  await set("contact-phone", "13900000002");
  await form.send(page);
  await village.openNeed(page, "由浏览器填好联系人的一条");
  await expect(page.getByRole("main")).toContainText("浏览器填的人");
  await expect(page.locator('a[href="tel:13900000002"]').first()).toBeVisible();
});

test("a page whose texts a translator has wrapped goes on working", async ({ device }) => {
  const page = await device("village").open();
  await enter(page, people.village);
  // What translators do: every text lies in elements of their own.
  const translate = () =>
    page.evaluate(() => {
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      const texts: Text[] = [];
      while (walker.nextNode()) texts.push(walker.currentNode as Text);
      for (const text of texts.filter((t) => t.data.trim() && !t.parentElement?.closest("script, style, font"))) {
        const font = document.createElement("font");
        text.replaceWith(font);
        font.append(text.data);
      }
    });
  await village.newNeed(page);
  await translate();
  await form.send(page);
  await expect(page.locator(".error").first()).toBeVisible();
  await translate();
  await form.write(page, form.lamps("页面被翻译过也能发出去"));
  await translate();
  await form.send(page);
  await expect(village.needCard(page, "页面被翻译过也能发出去")).toContainText("县里已收到");
});

test("the server holds the same limits as the form", async ({ server }) => {
  const cadre = await Client.signIn(server.url, people.village, people.password);
  const post = async (change: (content: any) => void) => {
    const need = needOf("村口缺路灯很久了", 12);
    change(need.content);
    return cadre.does("PostNeed", need);
  };
  const refused: [string, (content: any) => void][] = [
    ["spaces", (c) => (c.title = " ".repeat(370_000))],
    ["newlines", (c) => (c.title = "\n\n\u200b\n")],
    ["a long contact", (c) => (c.contact.name = "杨".repeat(130_000))],
    ["a long phone", (c) => (c.contact.phone = "9".repeat(400_000))],
    ["coins", (c) => (c.items[0].unit = "块")],
    ["ten digits", (c) => (c.contact.phone = "1380000000")],
    ["everybody", (c) => (c.persons = 4_294_967_295)],
  ];
  for (const [what, change] of refused) {
    const { verdict, rejection } = await post(change);
    expect([what, verdict, rejection?.code]).toEqual([what, "rejected", "invalid"]);
  }
  const { verdict } = await post((c) => (c.title = "\u0000村口\u202e缺路灯很久了"));
  expect(verdict).toBe("applied");
});

test("drafts can be deleted, each after a question", async ({ device }) => {
  const page = await device("village").open();
  await enter(page, people.village);
  await village.newNeed(page);
  await text(page, "需要什么（一句话）").fill("写了一半就不要了");
  await form.saved(page);
  await page.goBack();
  const unfinished = page.getByTestId("unfinished").filter({ hasText: "写了一半就不要了" });
  await unfinished.waitFor();
  const question = page.getByRole("dialog");
  await page.getByRole("button", { name: "删除“写了一半就不要了”" }).click();
  await question.getByRole("button", { name: "留着" }).click();
  await expect(unfinished).toBeVisible();
  await page.getByRole("button", { name: "删除“写了一半就不要了”" }).click();
  await question.getByRole("button", { name: "删除" }).click();
  await expect(unfinished).toHaveCount(0);

  await village.newNeed(page);
  await form.write(page, form.lamps("先存着后来不要的一条"));
  await page.getByRole("button", { name: "先存着" }).click();
  await expect(village.needCard(page, "先存着后来不要的一条")).toContainText("草稿");
  await page.getByRole("button", { name: "删除“先存着后来不要的一条”" }).click();
  await question.getByRole("button", { name: "删除" }).click();
  await expect(village.needCard(page, "先存着后来不要的一条")).toHaveCount(0);
});
