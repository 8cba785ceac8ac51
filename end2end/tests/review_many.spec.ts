import { signIn } from "./pages/sign_in.ts";
import { synced, title as heading } from "./pages/site.ts";
import { Client, needOf, publish } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("several needs are read in full, agreed to together, and taken back together", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  const titles = ["一起审的第一条需求", "一起审的第二条需求"];
  for (const title of titles) await village.does("PostNeed", needOf(title, 3));
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.getByRole("button", { name: "一次审几条" }).click();
  for (const title of titles) await page.getByRole("checkbox", { name: `选 ${title}` }).check();
  await page.getByRole("button", { name: "看这 2 条" }).click();
  const sheet = page.getByRole("dialog");
  for (const title of titles) await expect(sheet.getByRole("heading", { name: title })).toBeVisible();
  await expect(sheet.getByText("给测试用的需求，说明写在这里。")).toHaveCount(2);
  await sheet.getByRole("button", { name: "2 条都同意" }).click();
  await expect(page.getByText("已同意 2 条")).toBeVisible();
  await page.getByRole("button", { name: /^撤销/ }).click();
  await synced(page);
  for (const title of titles) await expect(page.locator(".pick").filter({ hasText: title })).toBeVisible();
});

test("the inbox is filtered by town, topic and urgency, and says what it hides", async ({ device, server }) => {
  const village = await Client.signIn(server.url, people.village, people.password);
  const urgent = needOf("塌方挡住了进寨的路", 3);
  urgent.content.urgent = true;
  await village.does("PostNeed", urgent);
  await village.does("PostNeed", needOf("不急的一条需求", 3));
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.getByRole("checkbox", { name: "只看急的" }).check();
  await expect(page.locator(".pick").filter({ hasText: "塌方挡住了进寨的路" })).toBeVisible();
  await expect(page.locator(".pick").filter({ hasText: "不急的一条需求" })).toHaveCount(0);
  await page.getByRole("button", { name: /另有 \d+ 条没显示，看全部/ }).click();
  await expect(page.locator(".pick").filter({ hasText: "不急的一条需求" })).toBeVisible();
});

test("an officer sees what the village repaired, and takes down what must leave; its holder reads why", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const need = needOf("风雨廊桥的瓦要换", 300);
  await village.does("PostNeed", need);
  await officers[0].does("ScreenNeed", { need: need.need, opinion: { return: { reason: "not_plausible", words: "请核对数量。" } }, seen: 0 });
  need.content.items[0].quantity = 30;
  await village.does("PostNeed", need);
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.goto(`${server.url}/inbox?need=${need.need}`);
  const repaired = page.getByRole("region", { name: "退回以后村里改了" });
  await expect(repaired).toContainText("“路灯 300 盏”改成了“路灯 30 盏”");

  for (const officer of officers) await officer.does("ScreenNeed", { need: need.need, opinion: { publish: {} }, seen: 1 });
  await page.goto(`${server.url}/needs/${need.need}`);
  await page.getByRole("link", { name: "下架" }).click();
  await expect(heading(page)).toHaveText("下架");
  await page.getByRole("radio", { name: "不适合社会组织来做" }).check();
  await page.getByRole("textbox", { name: "写给村里和接单的组织" }).fill("县里已经列了资金");
  await page.getByRole("button", { name: "下架" }).click();
  await expect(page.getByText("已下架：风雨廊桥的瓦要换")).toBeVisible();
  await synced(page);
  await expect.poll(async () => JSON.stringify((await village.rows("need")).find((row) => row.id === need.need)?.body.state)).toContain("县里已经列了资金");
});
