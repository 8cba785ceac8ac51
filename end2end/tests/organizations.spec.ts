// Organizations: registering, members, suspension; the inbox of every role.
import type { Page } from "@playwright/test";
import * as accounts from "./pages/accounts.ts";
import * as library from "./pages/library.ts";
import * as need from "./pages/need.ts";
import * as order from "./pages/order.ts";
import * as organization from "./pages/organization.ts";
import { enter, signIn } from "./pages/sign_in.ts";
import { goTo, ready, synced, title } from "./pages/site.ts";
import { Client, deliver, published } from "./support/api.ts";
import { computer } from "./support/device.ts";
import { api } from "./support/network.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const password = "three trees by the tower";
const county = "通道侗族自治县";

/** One thing has a page without tabs. */
const back = (page: Page) => page.getByRole("link", { name: "返回" }).click();

test("an organization registers, is refused with a reason, corrects, is let in, and takes an order", async ({ device, server }) => {
  test.setTimeout(150_000);
  const wanted = "村口的路灯要修";
  await published(server.url, wanted);
  const page = await device("organization").open();
  await organization.signUp(page, { name: "吴桂花", phone: "13900000301", password });
  await expect(title(page)).toHaveText("登记社会组织");

  // The code is checked while it is typed, and a better reading is offered, never applied.
  const code = page.getByLabel("统一社会信用代码");
  await code.fill("514300005000");
  await expect(page.getByText("写了 12 位，一共 18 位")).toBeVisible();
  await code.fill("5143000050000O001T");
  await page.getByRole("button", { name: "改成 51430000500000001T" }).click();
  await expect(page.getByText("代码没有写错，是社会团体")).toBeVisible();
  await code.fill("51430000500000002T");
  await expect(page.locator("#org-code-error")).toContainText("校验");

  const profile = {
    code: "51430000500000001T",
    registeredIn: county,
    name: "通道侗族自治县鼓楼志愿者协会",
    scope: "扶贫济困、助老助学的志愿服务。",
    topic: "环境",
    county,
    contact: "吴桂花",
    phone: "13900000301",
  };
  await organization.register(page, profile);
  await expect(organization.standing(page)).toContainText("等民政部门审核");
  await synced(page);

  const officer = await device("county", { screen: computer }).open();
  await enter(officer, people.county);
  await goTo(officer, "待办");
  await organization.waiting(officer).filter({ hasText: profile.name }).click();
  await expect(organization.card(officer)).toContainText(profile.scope);
  await organization.refuse(officer, "不通过", "和登记证书上的对不上", "名称少了“侗寨”两个字");
  await synced(officer);

  await expect(organization.standing(page)).toContainText("没有通过");
  await expect(page.getByRole("main")).toContainText("名称少了“侗寨”两个字");
  await page.getByRole("link", { name: "修改登记资料" }).click();
  const corrected = "通道侗族自治县侗寨鼓楼志愿者协会";
  await page.getByLabel("组织名称").fill(corrected);
  await organization.send(page);
  await expect(organization.standing(page)).toContainText("等民政部门审核");
  await synced(page);

  await back(officer);
  await goTo(officer, "待办");
  await organization.waiting(officer).filter({ hasText: corrected }).click();
  await officer.getByRole("button", { name: "通过登记" }).click();
  await synced(officer);
  await expect(organization.card(officer)).toContainText("已通过");

  await expect(organization.standing(page)).toContainText("通过了");
  await page.getByRole("button", { name: "开始用" }).click();
  await ready(page);
  await synced(page);
  await library.openNeed(page, wanted);
  await need.take(page, "路灯", 2, "online");
  await synced(page);
  await back(page);
  await goTo(page, "我的接单");
  await expect(page.getByRole("main")).toContainText(wanted);
});

test("an owner invites a member who signs in, removes them, and they are out at the next exchange", async ({ device }) => {
  const owner = await device("owner").open();
  await enter(owner, people.otherOrganization);
  await goTo(owner, "我的");
  await owner.getByRole("link", { name: /^账号|^成员/ }).click();
  await owner.getByRole("link", { name: "加一个" }).click();
  await owner.getByRole("textbox", { name: "姓名" }).fill("杨小凤");
  await owner.getByRole("textbox", { name: "手机号" }).fill("13900000302");
  await owner.getByRole("button", { name: "开通，出邀请条" }).click();
  const code = await accounts.codeOf(owner, "杨小凤");

  const member = await device("member").open("/invite");
  await accounts.accept(member, code, password);
  await synced(member);
  await goTo(member, "我的接单");
  await expect(title(member)).toHaveText("我的接单");

  await owner.goto(`${new URL(owner.url()).origin}/accounts`);
  await owner.getByTestId("account-row").filter({ hasText: "杨小凤" }).getByRole("link").click();
  await owner.getByRole("button", { name: "停用账号" }).click();
  await owner.getByRole("dialog").getByRole("button", { name: "停用" }).click();
  await expect(owner.getByText("已停用")).toBeVisible();
  await member.reload();
  await expect(member.getByRole("link", { name: "登录已过期，请重新登录" })).toBeVisible();
});

test("a suspended organization takes nothing new, and keeps seeing what it holds", async ({ device, network, server }) => {
  test.setTimeout(120_000);
  const [held, wanted] = ["村小的路灯要换", "老桥边装路灯"];
  const takes = await Client.signIn(server.url, people.otherOrganization, people.password);
  await deliver(takes, await published(server.url, held), 4);
  await published(server.url, wanted);
  const member = await device("member", { through: network }).open();
  await enter(member, people.otherOrganization);
  await library.openNeed(member, wanted);

  // The member's phone is away while the bureau suspends the organization.
  network.goesWrong({ is: "refused" }, api);
  await member.reload();
  await expect(member.getByTestId("sync-line")).not.toHaveAttribute("data-state", "on");
  await need.take(member, "路灯", 4, "offline");
  const officer = await device("county", { screen: computer }).open();
  await enter(officer, people.county);
  await goTo(officer, "我的");
  await officer.getByRole("link", { name: /^社会组织/ }).click();
  await officer.getByRole("searchbox", { name: "搜索" }).fill("青禾社会工作");
  await officer.getByRole("main").getByRole("link", { name: /青禾社会工作/ }).click();
  await officer.getByRole("button", { name: "暂停这家组织接单" }).click();
  const sheet = officer.getByRole("dialog");
  await sheet.getByLabel("为什么暂停").fill("年检没有通过");
  await sheet.getByRole("button", { name: "暂停接单" }).click();
  await expect(sheet).toBeHidden();
  await synced(officer);
  await expect(organization.card(officer)).toContainText("暂停接单");

  network.isFine();
  await expect(need.rejection(member)).toContainText("年检没有通过");
  await back(member);
  await goTo(member, "项目库");
  await expect(member.getByRole("main")).toContainText("暂停接单");
  await goTo(member, "我的接单");
  await order.open(member, held);
  await expect(order.state(member)).toBeVisible();

  await officer.getByRole("button", { name: "恢复接单" }).click();
  await synced(officer);
  await back(member);
  await goTo(member, "项目库");
  await library.openNeed(member, wanted);
  await need.take(member, "路灯", 4, "online");
  await synced(member);
});

test("a change of name is judged again, and the old name holds meanwhile", async ({ device }) => {
  const owner = await device("owner").open();
  await enter(owner, people.otherOrganization);
  await goTo(owner, "我的");
  await owner.getByRole("link", { name: "我们组织" }).click();
  await owner.getByRole("link", { name: "修改组织资料" }).click();
  const [before, after] = ["通道侗族自治县青禾社会工作服务中心", "通道侗族自治县青禾社工服务中心"];
  await expect(owner.getByLabel("组织名称")).toHaveValue(before);
  await owner.getByLabel("组织名称").fill(after);
  await owner.getByLabel("业务范围").fill("社会工作专业服务、志愿者培训。");
  await owner.getByRole("checkbox", { name: "教育文化" }).uncheck();
  await owner.getByLabel("联系人").fill("粟丽华");
  await owner.getByLabel("联系电话").fill("19900000005");
  await owner.getByRole("button", { name: "保存" }).click();
  await synced(owner);
  await expect(organization.card(owner)).toContainText(before);
  await expect(owner.getByRole("region", { name: "要改的" })).toContainText(after);

  const officer = await device("county", { screen: computer }).open();
  await enter(officer, people.county);
  await goTo(officer, "待办");
  // A project of the organization waits there too.
  await organization.waiting(officer).and(officer.locator('[href^="/organizations/"]')).filter({ hasText: before }).click();
  await expect(officer.getByRole("region", { name: "要改的" })).toContainText(after);
  await officer.getByRole("button", { name: "同意改动", exact: true }).click();
  await synced(officer);
  await expect(organization.card(owner)).toContainText(after);
  await expect(owner.getByRole("region", { name: "要改的" })).toHaveCount(0);
});

test("the inbox counts what it lists, and each line leads to where one can do it", async ({ device, server }) => {
  test.setTimeout(180_000);
  for (const [role, who, screen] of [
    ["village", people.village, undefined],
    ["organization", people.otherOrganization, undefined],
    ["other organization", people.organization, undefined],
    ["county", people.county, computer],
    ["other department", people.otherDepartment, computer],
    ["city", people.city, computer],
  ] as const) {
    const page = await device(role, { screen }).open();
    await enter(page, who);
    await goTo(page, "待办");
    await expect(organization.waiting(page).first()).toBeVisible();
    const links = await everything(page);
    expect(links.length, role).toBeGreaterThan(0);
    const badge = page.getByRole("navigation").getByRole("link", { name: /^待办/ }).locator(".badge");
    await expect(badge, role).toContainText(String(links.length));
    await expect(page.getByTestId("todo-count"), role).toContainText(`一共 ${links.length} 件`);
    // One of each kind: what stands at the end of the address says which.
    const kinds = new Map(links.map((href) => [href.replace(/[0-9a-f]{8}-[0-9a-f-]+|[0-9A-Z]{18}/, ":id"), href]));
    for (const href of kinds.values()) {
      expect(href, role).not.toBe("/");
      await page.goto(server.url + href);
      await ready(page);
      await expect(page.locator(".skeleton")).toHaveCount(0);
      await expect(page.getByText(/没有找到|这台设备上没有|这一页不归你用/)).toHaveCount(0);
    }
    await page.context().close();
  }
});

/** The address of everything that waits, also of what is not shown at first. */
async function everything(page: Page): Promise<string[]> {
  const more = page.getByRole("button", { name: /^再看 \d+ 件/ });
  while (await more.count()) await more.first().click();
  return organization.waiting(page).evaluateAll((links) => links.map((link) => link.getAttribute("href") ?? ""));
}
