import { signIn } from "./pages/sign_in.ts";
import { synced, title as heading, waiting } from "./pages/site.ts";
import { callable, Client, inDays, needOf, publish } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";
import { randomUUID } from "node:crypto";

test("a county merges two needs without a network, everybody still sees theirs, and it is parted again", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const member = await Client.signIn(server.url, people.otherOrganization, people.password);
  const kept = needOf("鼓楼坪的青石板路塌了要修", 12);
  const merged = needOf("鼓楼坪青石板路要修好", 4);
  for (const need of [kept, merged]) {
    await village.does("PostNeed", need);
    await publish(officers, need.need);
  }
  const order = randomUUID();
  await member.does("TakeOrder", { order, need: merged.need, lines: [{ item: 1, quantity: 2 }], due: inDays(20), contact: callable });

  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await page.goto(`${server.url}/follow/merge?a=${kept.need}&b=${merged.need}`);
  await expect(heading(page)).toHaveText("像是同一件事");
  // What has an order goes on, unless the officer says otherwise.
  await page.getByRole("button", { name: "对换：留另一条" }).click();
  await expect(page.getByText("1 张接的单搬到“鼓楼坪的青石板路塌了要修”上")).toBeVisible();
  await server.stop();
  await page.getByRole("button", { name: "合并", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: "已合并到" })).toBeVisible();
  await waiting(page, 1);
  await server.start();
  await synced(page);
  const orders = await member.rows("order");
  expect(orders.find((row) => row.id === order)?.body.need).toBe(kept.need);

  // The village opens the merged one and finds the other.
  const phone = await device("village").open(`/needs/${merged.need}`);
  await signIn(phone, people.village);
  await phone.goto(`${server.url}/needs/${merged.need}`);
  await expect(phone.getByTestId("need-state")).toHaveText("已合并");
  await phone.getByRole("link", { name: "打开那一条" }).click();
  await expect(heading(phone)).toHaveText("鼓楼坪的青石板路塌了要修");

  await page.getByRole("button", { name: "拆开，恢复成两条" }).click();
  await expect(page.getByRole("button", { name: "合并", exact: true })).toBeVisible();
  await synced(page);
  const back = await member.rows("order");
  expect(back.find((row) => row.id === order)?.body.need).toBe(merged.need);
});

test("what does not fit is said before anything is merged", async ({ device, server }) => {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const member = await Client.signIn(server.url, people.otherOrganization, people.password);
  const [small, large] = [needOf("寨门口的水井要清淤", 2), needOf("寨门口水井清淤", 9)];
  for (const need of [small, large]) {
    await village.does("PostNeed", need);
    await publish(officers, need.need);
  }
  await member.does("TakeOrder", { order: randomUUID(), need: large.need, lines: [{ item: 1, quantity: 8 }], due: inDays(20), contact: callable });
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.goto(`${server.url}/follow/merge?a=${small.need}&b=${large.need}`);
  await expect(page.getByRole("button", { name: "合并", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "对换：留另一条" }).click();
  await expect(page.getByText(/有 8 盏 要搬过去，留下的那条只差 2 盏/)).toBeVisible();
  await expect(page.getByRole("button", { name: "合并", exact: true })).toHaveCount(0);
});
