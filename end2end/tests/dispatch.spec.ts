import { signIn } from "./pages/sign_in.ts";
import { goTo, synced, title as heading, waiting, worksOffline } from "./pages/site.ts";
import { callable, Client, inDays, needOf, publish } from "./support/api.ts";
import { type Server } from "./support/server.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";
import { randomUUID } from "node:crypto";
import { type Page } from "@playwright/test";

const [clinic, qinghe] = ["怀化市仁心医疗志愿者协会", "通道侗族自治县青禾社会工作服务中心"];

/** A published need of 木脚村, of that topic. */
async function published(server: Server, title: string, quantity: number, topic = "care"): Promise<string> {
  const officers = [await Client.signIn(server.url, people.county, people.password), await Client.signIn(server.url, people.otherDepartment, people.password)];
  const village = await Client.signIn(server.url, people.village, people.password);
  const need = needOf(title, quantity);
  await village.does("PostNeed", { ...need, content: { ...need.content, topic } });
  await publish(officers, need.need);
  return need.need;
}

async function take(member: Client, need: string, quantity: number): Promise<string> {
  const order = randomUUID();
  const taken = await member.does("TakeOrder", { order, need, lines: [{ item: 1, quantity }], due: inDays(20), contact: callable });
  expect(taken.verdict).toBe("applied");
  return order;
}

async function dispatchTo(page: Page, name: string, note: string): Promise<void> {
  await expect(heading(page)).toHaveText("派单");
  const candidate = page.getByTestId("candidate").filter({ hasText: name });
  await expect(page.getByTestId("candidate").first()).toBeVisible();
  const more = page.getByRole("button", { name: /再看 \d+ 家/ });
  if (!(await candidate.isVisible()) && (await more.isVisible())) await more.click();
  await expect(candidate).toContainText("登记的业务方向有“特殊人员关爱”");
  await candidate.getByRole("radio").check();
  await page.getByLabel(/写一句给对方/).fill(note);
  await page.getByRole("button", { name: "派单", exact: true }).click();
  await expect(page.getByRole("status").filter({ hasText: `已派给${name}` })).toBeVisible();
  await synced(page);
}

test("a bureau asks whom it is shown with reasons; who declines without a network sends it back, and the next one takes it", async ({ device, server }) => {
  test.setTimeout(120_000);
  const title = "独居老人冬衣和棉被";
  const need = await published(server, title, 24);
  const officer = await device("county").open();
  await signIn(officer, people.county);
  await officer.goto(`${server.url}/needs/${need}`);
  await officer.getByRole("link", { name: "派单", exact: true }).click();
  await dispatchTo(officer, clinic, "你们周六本来就在村里。");
  await officer.getByRole("link", { name: "看这条需求" }).click();
  await expect(officer.getByTestId("dispatch")).toContainText("等答复");

  // The one that is asked finds it among what waits, and declines on a phone without a network.
  const first = await device("first").open();
  await signIn(first, people.organization);
  await worksOffline(first);
  await goTo(first, "待办");
  await expect(first.getByRole("region", { name: "部门派单，请答复" })).toContainText(title);
  await first.getByRole("link", { name: title }).click();
  await expect(first.getByTestId("dispatch")).toContainText("你们周六本来就在村里");
  await server.stop();
  await first.getByRole("button", { name: "不接" }).click();
  const sheet = first.getByRole("dialog");
  await sheet.getByRole("radio", { name: "人手不够" }).check();
  await sheet.getByRole("textbox").fill("这周都在别的乡。");
  await sheet.getByRole("button", { name: "不接", exact: true }).click();
  await expect(first.getByTestId("dispatch")).toContainText("等待发送");
  await waiting(first, 1);
  await server.start();
  await synced(first);
  await first.goto(`${server.url}/todo`);
  await expect(heading(first)).toHaveText("待办");
  await expect(first.getByRole("link", { name: title })).toHaveCount(0);

  // It is the bureau's again, with the reason, and another one is asked.
  await expect(officer.getByTestId("dispatch")).toContainText("没有接：人手不够。这周都在别的乡。");
  await officer.goto(`${server.url}/follow`);
  await officer.getByTestId("came-back").getByRole("link", { name: title }).click();
  await dispatchTo(officer, qinghe, "");

  const second = await device("second").open();
  await signIn(second, people.otherOrganization);
  await goTo(second, "待办");
  await second.getByRole("link", { name: title }).click();
  await expect(second.getByRole("button", { name: "接单", exact: true })).toHaveCount(1);
  await second.getByRole("button", { name: "接单", exact: true }).click();
  const taking = second.getByRole("dialog");
  await taking.getByLabel("你们的电话").fill(callable.phone);
  await taking.getByRole("button", { name: "接单", exact: true }).click();
  await expect(taking).toBeHidden();
  await synced(second);
  await expect(second.getByTestId("dispatch")).toContainText("已接受");
  const village = await Client.signIn(server.url, people.village, people.password);
  const order = (await village.rows("order")).find((row) => row.body.need === need);
  expect(order?.body).toMatchObject({ org_name: qinghe, origin: "dispatched" });
  await officer.goto(`${server.url}/needs/${need}`);
  await expect(officer.getByTestId("dispatches")).toContainText("已接受");
  await expect(officer.getByTestId("dispatches")).toContainText("没有接");
});

test("who waits for what is fully ordered is asked first when it is free again, and takes it", async ({ device, server }) => {
  const need = await published(server, "村里老人助餐车", 4);
  const holder = await Client.signIn(server.url, people.organization, people.password);
  const order = await take(holder, need, 4);
  const page = await device("second").open();
  await signIn(page, people.otherOrganization);
  await page.goto(`${server.url}/needs/${need}`);
  await page.getByTestId("queue").getByRole("button", { name: "排队" }).click();
  const sheet = page.getByRole("dialog");
  await sheet.getByRole("textbox").fill("3");
  await sheet.getByRole("button", { name: "排队" }).click();
  await expect(page.getByTestId("queue")).toContainText("你们排第 1，等 路灯 3 盏");
  await synced(page);

  await holder.does("ReleaseOrder", { order, reason: "no_people", words: "" });
  await page.goto(`${server.url}/todo`);
  await expect(page.getByRole("region", { name: "排队轮到你们了，请答复" })).toContainText("村里老人助餐车");
  await page.getByRole("link", { name: "村里老人助餐车" }).click();
  await expect(page.getByTestId("queue")).toContainText("空出了 路灯 3 盏，先问你们");
  await page.getByRole("button", { name: "接下" }).click();
  const taking = page.getByRole("dialog");
  await taking.getByLabel("你们的电话").fill(callable.phone);
  await taking.getByRole("button", { name: "接单", exact: true }).click();
  await expect(taking).toBeHidden();
  await synced(page);
  const member = await Client.signIn(server.url, people.otherOrganization, people.password);
  const orders = await member.rows("order");
  expect(orders.find((row) => row.body.need === need)?.body.lines).toEqual([{ item: 1, quantity: 3 }]);
});

test("a village asks for an order to be handed over, the holder answers and moves the day without a network", async ({ device, server }) => {
  const need = await published(server, "老人活动室取暖", 4);
  const holder = await Client.signIn(server.url, people.organization, people.password);
  const order = await take(holder, need, 4);
  const village = await device("village").open();
  await signIn(village, people.village);
  await village.goto(`${server.url}/needs/${need}`);
  await village.getByText("可以请对方让出来").click();
  await village.getByRole("button", { name: `请${clinic}让出来` }).click();
  const asking = village.getByRole("dialog");
  await asking.getByRole("radio", { name: "村里等得急" }).check();
  await asking.getByRole("textbox").fill("下个月就落雪了。");
  await asking.getByRole("button", { name: "发给对方" }).click();
  await expect(asking).toBeHidden();
  await synced(village);

  const page = await device("organization").open();
  await signIn(page, people.organization);
  await worksOffline(page);
  await goTo(page, "待办");
  await page.getByRole("link", { name: "老人活动室取暖" }).click();
  const request = page.getByTestId("hand-over");
  await expect(request).toContainText("下个月就落雪了");
  await expect(request.locator("a[href^='tel:']")).toBeVisible();
  await expect(page.getByTestId("what-comes")).toContainText("没有动静");
  await server.stop();
  await request.getByRole("button", { name: "还由我们做" }).click();
  await page.getByRole("dialog").getByRole("textbox").fill("炉子已经买好，下周就装。");
  await page.getByRole("dialog").getByRole("button", { name: "答复：还由我们做" }).click();
  await expect(request).toHaveCount(0);
  await page.getByRole("button", { name: "改交付的日子" }).click();
  const moving = page.getByRole("dialog");
  await moving.getByLabel("为什么改").fill("路面结冰，要等车能进。");
  await moving.getByLabel("改到哪天").fill(inDays(33));
  await moving.getByRole("button", { name: "改日子" }).click();
  await expect(moving).toBeHidden();
  await waiting(page, 2);
  await server.start();
  await synced(page);
  await expect(village.getByRole("main")).toContainText("炉子已经买好，下周就装。");
  await expect(village.getByRole("main")).toContainText(`${clinic}改到`);
  const rows = await holder.rows("order");
  expect(rows.find((row) => row.id === order)?.body.due).toBe(inDays(33));
});

test("a county closes a need that is settled otherwise, and may think again for a moment", async ({ device, server }) => {
  const need = await published(server, "村口休息椅", 4);
  const holder = await Client.signIn(server.url, people.organization, people.password);
  const order = await take(holder, need, 2);
  const page = await device("county").open();
  await signIn(page, people.county);
  await page.goto(`${server.url}/needs/${need}`);
  const close = async (): Promise<void> => {
    await page.getByRole("button", { name: "不用办了，关闭需求" }).click();
    const sheet = page.getByRole("dialog");
    await expect(sheet).toContainText(`${clinic}的单到此为止`);
    await sheet.getByRole("radio", { name: "已经通过别的办法解决了" }).check();
    await sheet.getByRole("button", { name: "关闭这条需求" }).click();
    await expect(sheet).toBeHidden();
  };
  await close();
  await page.getByRole("button", { name: /撤销/ }).click();
  await expect(page.getByTestId("need-state")).not.toHaveText("已办结");
  await close();
  await expect(page.getByRole("main")).toContainText("通过别的办法解决了");
  await synced(page);
  const rows = await holder.rows("order");
  expect(rows.find((row) => row.id === order)?.body.state.released.reason).toBe("need_closed");
});

test("a village asks again with one tap for what nobody took in time", async ({ device, server }) => {
  const client = await Client.signIn(server.url, people.village, people.password);
  const own = (row: { body?: any }): boolean => row.body.place.village === client.profile.actor.role.place.village;
  const expired = (await client.rows("need")).find((row) => own(row) && row.body.state.expired)!;
  const page = await device("village").open();
  await signIn(page, people.village);
  await worksOffline(page);
  await page.goto(`${server.url}/needs/${expired.id}`);
  await expect(page.getByTestId("need-state")).toHaveText("已过期");
  await server.stop();
  await page.getByRole("button", { name: "再提一次" }).click();
  await waiting(page, 1);
  await server.start();
  await synced(page);
  await expect(page.getByTestId("need-state")).toHaveText("待审核");
  const officer = await Client.signIn(server.url, people.county, people.password);
  const again = (await officer.rows("need")).find((row) => row.id === expired.id)!;
  expect(again.body.state.submitted).toBeTruthy();
  expect(again.body.content.deadline > inDays(25)).toBe(true);
});
