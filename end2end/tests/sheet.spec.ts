import { signIn } from "./pages/sign_in.ts";
import { title as heading } from "./pages/site.ts";
import { Client, needOf, publish } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("a need is printed on one sheet with a code and without a telephone number, also without a network", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const need = needOf("要印在纸上的一条需求", 6);
  await village.does("PostNeed", need);
  await publish(officers, need.need);
  const page = await device("village").open();
  await signIn(page, people.village);
  await page.goto(`${server.url}/needs/${need.need}`);
  await server.stop();
  await page.getByRole("link", { name: "打印、分享" }).click();
  const sheet = page.getByRole("article", { name: "需求单" });
  await expect(sheet).toContainText("要印在纸上的一条需求");
  await expect(sheet.getByRole("img", { name: "打开这条需求的二维码" })).toBeVisible();
  await expect(sheet).not.toContainText("13800000001");
  const pdf = (await page.pdf({ format: "A4" })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page[^s]/g)).toHaveLength(1);
});

test("a link opens for who may see it, and tells others kindly whom it is for", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  const need = needOf("还没有审的一条需求", 6);
  await village.does("PostNeed", need);
  const page = await device("member").open();
  await signIn(page, people.organization);
  await page.goto(`${server.url}/needs/${need.need}`);
  await expect(page.getByText("现在登录的是")).toBeVisible();
  await expect(page.getByText("服务这个县的组织打得开")).toBeVisible();
});

test("chosen needs make a list for a meeting", async ({ device }) => {
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.goto(new URL("/meeting", page.url()).href);
  await expect(heading(page)).toHaveText("对接会清单");
  const boxes = page.getByRole("checkbox");
  await boxes.nth(0).check();
  await boxes.nth(2).check();
  await expect(page.getByText("选了 2 条")).toBeVisible();
  await page.emulateMedia({ media: "print" });
  await expect(page.locator(".meeting tbody tr:visible")).toHaveCount(2);
  await page.emulateMedia({ media: "screen" });
});
