// Unsent work as a file: the page says only what it knows of saving, and reads the file back in, once, for the same person.
import { readFileSync } from "node:fs";
import type { Page } from "@playwright/test";
import * as form from "../pages/need_form.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, synced, waiting } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import { Client } from "../support/api.ts";
import { api } from "../support/network.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const title = "老年食堂缺十套桌椅";

async function openSync(page: Page): Promise<void> {
  await goTo(page, "我的");
  await page.getByRole("link", { name: "同步" }).click();
}

/** Writes a need without a network and saves what waits; the file's text. */
async function saveOnLostPhone(page: Page): Promise<string> {
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  await openSync(page);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "把没发出的存成文件" }).click(),
  ]);
  return readFileSync(await file.path(), "utf8");
}

async function readIn(page: Page, text: string): Promise<void> {
  await page.getByText("把存下的读回来").click();
  await page.getByLabel("选存下的文件").setInputFiles({ name: "乡单.json", mimeType: "application/json", buffer: Buffer.from(text) });
}

test("what a lost phone saved is read in on another one and arrives once, also when the phone is found", async ({ device, network, server }) => {
  const lost = await device("lost", { through: network }).open();
  await signIn(lost, people.village);
  network.goesWrong({ is: "refused" }, api);
  const file = await saveOnLostPhone(lost);
  await expect(lost.getByTestId("saved")).toContainText("正在保存");
  await expect(lost.getByTestId("saved")).not.toContainText("已经存成");

  const found = await device("found").open();
  await signIn(found, people.village);
  await openSync(found);
  await readIn(found, file);
  await expect(found.getByTestId("read-in-said")).toContainText("1 条没发出的，会接着发");
  await synced(found);
  await goTo(found, "我的需求");
  await expect(village.needCard(found, title)).toContainText("县里已收到");
  await openSync(found);
  await readIn(found, file);
  await expect(found.getByTestId("read-in-said")).toContainText("都有了");

  network.isFine();
  await lost.getByRole("button", { name: "现在同步" }).click();
  await synced(lost);
  const county = await Client.signIn(server.url, people.county, people.password);
  const titles = (await county.rows("need")).map((row) => row.body.content.title);
  expect(titles.filter((found) => found === title)).toHaveLength(1);
});

test("a browser that saves nothing is not believed: the content can be copied and pasted", async ({ device, network }) => {
  const phone = device("village", { through: network });
  const page = await phone.open();
  await page.context().grantPermissions(["clipboard-read", "clipboard-write"], { origin: phone.url });
  await signIn(page, people.village);
  network.goesWrong({ is: "refused" }, api);
  await saveOnLostPhone(page);
  await page.getByRole("button", { name: "复制内容" }).click();
  await expect(page.getByTestId("saved")).toContainText("已经复制");
  const copied = await page.evaluate(() => navigator.clipboard.readText());
  expect(copied).toContain(title);

  const other = await device("other").open();
  await signIn(other, people.village);
  await openSync(other);
  await other.getByText("把存下的读回来").click();
  await other.getByLabel("或者粘贴复制的内容").fill(copied);
  await other.getByRole("button", { name: "读进来" }).click();
  await expect(other.getByTestId("read-in-said")).toContainText("1 条没发出的");
  await synced(other);
});

test("a file of somebody else, or none of ours, is refused with its reason", async ({ device, network }) => {
  const page = await device("village", { through: network }).open();
  await signIn(page, people.village);
  network.goesWrong({ is: "refused" }, api);
  const file = await saveOnLostPhone(page);

  const other = await device("other").open();
  await signIn(other, people.otherVillage);
  await openSync(other);
  await readIn(other, file);
  const said = other.getByTestId("read-in-said");
  await expect(said).toContainText("另一个账号");
  await other.getByLabel("选存下的文件").setInputFiles({ name: "a.json", mimeType: "application/json", buffer: Buffer.from("{}") });
  await expect(said).toContainText("不是乡单存下的文件");
  await expect(other.getByTestId("waiting")).toContainText("都发出了");
});
