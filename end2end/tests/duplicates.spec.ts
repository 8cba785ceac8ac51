import { send, write, lamps } from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { synced, title as heading, waiting } from "./pages/site.ts";
import { Client, needOf, publish } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = (page: any) => page.getByRole("textbox", { name: "需要什么（一句话）", exact: true });

test("a village sees what looks like its need, without a network, and is asked once before it sends it", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  await village.does("PostNeed", needOf("风雨桥头的老戏台漏雨要修", 3));
  const page = await device("village").open();
  await signIn(page, people.village);
  await server.stop();
  await page.getByRole("link", { name: /发一条需求|写需求/ }).first().click();
  await title(page).fill("老戏台漏雨，要修一修");
  const alike = page.getByRole("region", { name: "可能已经有的" });
  await expect(alike).toContainText("风雨桥头的老戏台漏雨要修");
  await expect(alike).toContainText("同村 · 同为");
  await expect(alike.getByRole("link", { name: "打开看看" }).first()).toBeVisible();
  // Of one's own village nobody needs the same besides.
  await expect(alike.getByRole("button", { name: "我们也需要" })).toHaveCount(0);

  await write(page, lamps("风雨桥头的老戏台漏雨要修", 3));
  await send(page);
  const question = page.getByRole("dialog");
  await expect(question).toContainText("是不是同一件事？");
  await question.getByRole("button", { name: "不是同一件事，照样发" }).click();
  await expect(heading(page)).toHaveText("木脚村");
  // The need, and that it is another matter.
  await waiting(page, 2);
  await server.start();
  await synced(page);
  const rows = await village.rows("need");
  expect(rows.filter((row) => row.body?.told_apart?.length === 1)).toHaveLength(1);
});

test("another village's need is joined with one tap, and the county and organizations see how many need it", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const need = needOf("河坝上的拦水闸坏了要换", 2);
  await village.does("PostNeed", need);
  await publish(officers, need.need);
  const page = await device("other").open();
  await signIn(page, people.otherVillage);
  await page.goto(`${server.url}/needs/${need.need}`);
  await page.getByRole("button", { name: "我们村也需要" }).click();
  await expect(page.getByText("已记上你们村也需要")).toBeVisible();
  await synced(page);
  const county = await device("county").open();
  await signIn(county, people.county);
  await county.goto(`${server.url}/needs/${need.need}`);
  await expect(county.getByTestId("also-needed")).toHaveText("另有 1 个村也需要");
});
