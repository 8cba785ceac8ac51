// Organizations: an owner's members.
import * as accounts from "./pages/accounts.ts";
import { enter } from "./pages/sign_in.ts";
import { goTo, synced, title } from "./pages/site.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const password = "three trees by the tower";

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
