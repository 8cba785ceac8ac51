// An organization gives an order back: with a reason that the village reads, also without a network, and the need is open again.
import { randomUUID } from "node:crypto";
import * as order from "./pages/order.ts";
import { enter, signIn } from "./pages/sign_in.ts";
import { synced, waiting } from "./pages/site.ts";
import { Client, callable, inDays, needOf, publish } from "./support/api.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("who gives an order back says why by a code, and writes a word where the code says nothing", async ({ device, server }) => {
  const [cadre, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const wish = needOf("幸福院门口要 6 盏路灯", 6);
  await cadre.does("PostNeed", wish);
  await publish([county, department], wish.need);
  const taken = randomUUID();
  const lines = [{ item: 1, quantity: 6 }];
  await member.does("TakeOrder", { order: taken, need: wish.need, lines, due: inDays(20), contact: callable });
  // What has begun is given back with a reason; what has not is simply not taken any more.
  const report = { order: taken, progress: randomUUID(), text: "已经联系了厂家", cash: 0, goods: 0, persons: 0, visits: 0 };
  expect((await member.does("ReportProgress", report)).verdict).toBe("applied");

  const page = await device("organization").open();
  await signIn(page, people.otherOrganization);
  await page.goto(`${server.url}/orders/${taken}`);
  await server.stop();
  await page.getByRole("button", { name: "放弃这一单" }).click();
  const sheet = page.getByRole("dialog");
  const send = sheet.getByRole("button", { name: "确定放弃" });
  await send.click();
  await expect(sheet).toContainText("请选一个放弃的原因");
  await sheet.getByRole("button", { name: "其他原因" }).or(sheet.getByRole("radio", { name: "其他原因" })).first().click();
  await send.click();
  await expect(sheet).toContainText("请写一句是什么原因");
  await sheet.getByRole("button", { name: "东西筹不到" }).or(sheet.getByRole("radio", { name: "东西筹不到" })).first().click();
  await send.click();
  await expect(sheet).toBeHidden();
  await expect(order.state(page)).toContainText("等待发送");
  await waiting(page, 1);
  await server.start();
  await synced(page);
  await expect(order.state(page)).toContainText("已放弃");

  const village = await device("village").open();
  await enter(village, people.village);
  await village.goto(`${server.url}/needs/${wish.need}`);
  await expect(village.getByRole("main")).toContainText("6 盏，还剩 6 盏");
  await expect(village.getByRole("main")).toContainText("东西筹不到");
});
