import * as order from "./pages/order.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, synced, waiting, worksOffline } from "./pages/site.ts";
import * as supply from "./pages/supply.ts";
import { Client, needOf } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "流动图书角进村";

test("an organization offers something, two villages pick it, and nobody gets a place that is gone", async ({ device, server }) => {
  test.setTimeout(120_000);
  const [member, cadre, other] = [
    await device("organization").open(),
    await device("village").open(),
    await device("other village").open(),
  ];
  await signIn(member, people.otherOrganization);
  await worksOffline(member);
  await goTo(member, "供给项目");

  // Written without a network, in three pages; the form is still there after a look elsewhere.
  await server.stop();
  await supply.write(member, { title, places: 3, county: "通道侗族自治县" });
  await goToBack(member);
  await expect(member.getByTestId("supply-begun")).toContainText(title);
  await member.getByTestId("supply-begun").click();
  await member.getByRole("button", { name: "钱和人" }).click();
  await supply.send(member);
  await expect(supply.card(member, title)).toContainText("等待发送");
  await server.start();
  await synced(member);
  await expect(supply.card(member, title)).toContainText("待审核");

  const officer = await device("county", { screen: computer }).open();
  await signIn(officer, people.county);
  await goTo(officer, "供给项目");
  await officer.getByTestId("supply-to-screen").filter({ hasText: title }).click();
  await officer.getByRole("button", { name: "同意发布" }).click();
  await synced(officer);
  await expect(supply.state(officer)).toContainText("还有 3 个名额");

  for (const [page, who] of [
    [cadre, people.village],
    [other, people.otherVillage],
  ] as const) {
    await signIn(page, who);
    await worksOffline(page);
    await goTo(page, "供给库");
    await supply.find(page, title);
  }
  await server.stop();
  await supply.pick(cadre, 3, "offline");
  await expect(supply.ownPick(cadre)).toContainText("还不算点到");
  await supply.pick(other, 2, "offline");
  await waiting(other, 1);
  // The other village's phone stays away from the server until the organization has answered the first one.
  await other.context().setOffline(true);
  await server.start();
  await synced(cadre);
  await expect(supply.ownPick(cadre)).toContainText("等对方答复");

  await synced(member);
  await member.getByTestId("pick-to-answer").filter({ hasText: title }).click();
  await expect(supply.toAnswer(member)).toContainText("村小旁有间空屋");
  await supply.accept(member, "木脚村", 2);
  await synced(member);
  await expect(supply.places(member)).toContainText("还有 1 个名额");
  await expect(supply.ownPick(cadre)).toContainText("对方答应了 2 个");

  await other.context().setOffline(false);
  await expect(supply.rejection(other)).toContainText("名额只剩 1 个");
  await expect(supply.ownPick(other)).toHaveCount(0);

  await supply.toAnswer(member).getByRole("link", { name: "打开这一单" }).click();
  await expect(order.state(member)).toContainText("图书 600 册");
  await order.delivered(member, "书架和书都到了，请看看");
  await synced(member);
  await supply.ownPick(cadre).getByRole("link", { name: "看这一单" }).click();
  await expect(cadre.getByRole("main")).toContainText("书架和书都到了");
  await cadre.getByRole("button", { name: "确认做到了" }).click();
  await synced(cadre);
  await expect(order.state(member)).toContainText("已确认");
});

test("a supply that its organization changes in earnest is screened again before villages may pick it", async ({ device }) => {
  const member = await device("organization").open();
  await signIn(member, people.otherOrganization);
  await goTo(member, "供给项目");
  const offered = "留守儿童周末陪伴课";
  await supply.card(member, offered).click();
  await expect(supply.state(member)).toContainText("个名额");
  await member.getByRole("link", { name: "修改" }).click();
  await member.getByRole("button", { name: "钱和人" }).click();
  await member.getByLabel("谁来做").fill("三位持证社工，志愿者十二人。");
  await member.getByRole("button", { name: "发出改动" }).click();
  await expect(supply.card(member, offered)).toContainText("个名额");
  await synced(member);

  await supply.card(member, offered).click();
  await member.getByRole("link", { name: "修改" }).click();
  await member.getByLabel("多少", { exact: true }).fill("8");
  await member.getByRole("button", { name: "钱和人" }).click();
  await member.getByRole("button", { name: "发出改动" }).click();
  await expect(supply.card(member, offered)).toContainText("待审核");
  await synced(member);

  const officer = await device("county", { screen: computer }).open();
  await signIn(officer, people.county);
  await goTo(officer, "供给项目");
  await officer.getByTestId("supply-to-screen").filter({ hasText: offered }).click();
  await expect(officer.getByRole("main")).toContainText("“陪伴课 10 次”改成了“陪伴课 8 次”");
  await officer.getByRole("button", { name: "退回修改" }).click();
  const sheet = officer.getByRole("dialog");
  await sheet.getByRole("radio", { name: "写得不够清楚" }).check();
  await sheet.getByLabel("要改什么").fill("请写明为什么少两次");
  await sheet.getByRole("button", { name: "退回", exact: true }).click();
  await synced(officer);
  await expect(supply.card(member, offered)).toContainText("退回修改");
});

async function goToBack(page: import("@playwright/test").Page): Promise<void> {
  await page.getByRole("link", { name: "返回" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "供给项目" })).toBeVisible();
}

test("a city's bureau screens what an organization that it registered offers, and passes it on paper", async ({ device, server }) => {
  const member = await device("organization").open();
  await signIn(member, people.organization);
  await goTo(member, "供给项目");
  // Every county that it serves has its name, from the table of regions.
  await supply.write(member, { title: "送医下乡巡回义诊", places: 2, county: "通道侗族自治县" });
  await supply.send(member);
  await synced(member);

  const officer = await device("city", { screen: computer }).open();
  await signIn(officer, people.city);
  await goTo(officer, "供给项目");
  const waits = officer.getByTestId("supply-to-screen").filter({ hasText: "送医下乡巡回义诊" });
  await expect(waits).toBeVisible();
  // Without a network too: what waits is on the device.
  await server.stop();
  await waits.click();
  await officer.getByRole("button", { name: "同意发布" }).click();
  await waiting(officer, 1);
  await server.start();
  await synced(officer);
  await expect(supply.state(officer)).toContainText("还有 2 个名额");
  await officer.getByRole("link", { name: "打印、分享" }).click();
  const sheet = officer.getByRole("article", { name: "供给项目单" });
  await expect(sheet).toContainText("送医下乡巡回义诊");
  await expect(sheet.getByRole("img", { name: "打开这个项目的二维码" })).toBeVisible();
  const pdf = (await officer.pdf({ format: "A4" })).toString("latin1");
  expect(pdf.match(/\/Type\s*\/Page[^s]/g)).toHaveLength(1);

  await synced(member);
  await expect(supply.card(member, "送医下乡巡回义诊")).toContainText("还有 2 个名额");
  // What its counties registered is read from the server, and not decided about here.
  await officer.goto(`${server.url}/office/supplies`);
  await officer.getByTestId("browse-row").filter({ hasText: "待审核" }).first().getByRole("link").click();
  await expect(supply.state(officer)).toHaveText(/待审核|审核/);
  await officer.goto(`${server.url}/organizations`);
  await officer.locator("a[href^='/organizations/']").first().click();
  await expect(officer.getByTestId("organization")).toContainText("信用代码");
});

test("a village's need shows supplies that might fit, with the reasons, and one of them is opened and picked from there", async ({ device, server }) => {
  const cadre = await Client.signIn(server.url, people.village, people.password);
  const wish = needOf("村口的路太黑，想装 20 盏路灯", 20);
  expect((await cadre.does("PostNeed", wish)).verdict).toBe("applied");
  const page = await device("village").open();
  await signIn(page, people.village);
  await page.goto(`${server.url}/needs/${wish.need}`);
  await server.stop();
  const fitting = page.getByTestId("fitting");
  await expect(fitting.first()).toContainText("太阳能路灯");
  await expect(fitting.first()).toContainText("给的就是“路灯”；");
  expect(await fitting.count()).toBeLessThanOrEqual(3);
  await fitting.first().click();
  await expect(page.getByRole("button", { name: "点这个项目" })).toBeVisible();
  await server.start();
});
