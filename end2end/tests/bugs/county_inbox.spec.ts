// The county's inbox as officers work in it: on a phone it says what was decided and goes on, at a desk the focus stays in the list.
import * as inbox from "../pages/inbox.ts";
import { signIn } from "../pages/sign_in.ts";
import { Client, needOf } from "../support/api.ts";
import { computer } from "../support/device.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

async function post(url: string, title: string, urgent: boolean): Promise<string> {
  const village = await sign(url, people.village);
  const wish = needOf(title, 3);
  wish.content.urgent = urgent;
  wish.content.details = "很长的说明。".repeat(60);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  return wish.need;
}

test("urgent needs come first, and within them the longest wait", async ({ device, server }) => {
  await post(server.url, "不急的最后一条", false);
  await post(server.url, "急的最后一条", true);
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  const picks = page.locator(".pick");
  await expect(picks.filter({ hasText: "急的最后一条" }).first()).toBeVisible();
  const urgent = await picks.evaluateAll((all) => all.map((pick) => pick.querySelector(".pill") !== null));
  expect(urgent).toEqual([...urgent].sort((a, b) => Number(b) - Number(a)));
  expect(urgent.includes(true) && urgent.includes(false)).toBe(true);
});

test("on a phone the other department's opinion and the remark are above the fold, and a decision says so and goes on", async ({ device, server }) => {
  const first = await post(server.url, "手机上审的第一条", true);
  await post(server.url, "手机上审的第二条", true);
  const colleague = await sign(server.url, people.otherDepartment);
  const remark = "和去年的路灯项目不重复，建议同意";
  expect((await colleague.does("ScreenNeed", { need: first, opinion: { publish: { remark } } })).verdict).toBe("applied");
  const page = await device("county").open();
  await signIn(page, people.county);
  await inbox.openNeed(page, "手机上审的第一条");
  const fold = (await inbox.opened(page).locator(".actions").boundingBox())!.y;
  for (const what of [
    inbox.opened(page).getByText(remark),
    inbox.opened(page).getByText("民政部门", { exact: true }),
    page.getByRole("textbox", { name: /^意见/ }),
  ]) {
    const box = (await what.boundingBox())!;
    expect(box.y + box.height, String(what)).toBeLessThanOrEqual(fold);
  }
  await expect(page.getByText("村里和乡村振兴部门能看到")).toBeVisible();
  await inbox.publish(page);
  await expect(inbox.said(page)).toContainText("已同意：手机上审的第一条");
  await expect(inbox.heading(page)).toHaveText("手机上审的第二条");
  await expect(inbox.heading(page)).toBeInViewport();
  await inbox.returnToVillage(page, "请写清装在哪一段路");
  await expect(inbox.said(page)).toContainText("已退回：手机上审的第二条");
});

test("on a phone a need is read from its beginning, and on the way back the list is where it was", async ({ device, server }) => {
  const village = await sign(server.url, people.village);
  for (let n = 1; n <= 14; n += 1) {
    const wish = needOf(`很长的待审列表第 ${n} 条`, 3);
    expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  }
  const page = await device("county").open();
  await signIn(page, people.county);
  await expect(page.getByText("很长的待审列表第 14 条")).toBeVisible();
  const far = page.locator(".pick").filter({ hasText: "很长的待审列表第 11 条" });
  await far.evaluate((pick) => pick.scrollIntoView({ block: "center" }));
  const top = await page.evaluate(() => scrollY);
  expect(top).toBeGreaterThan(300);
  const isThere = () => expect.poll(() => page.evaluate((top) => Math.abs(scrollY - top), top)).toBeLessThan(3);
  const open = async () => {
    await far.click();
    await expect(inbox.heading(page)).toHaveText("很长的待审列表第 11 条");
    await expect.poll(() => page.evaluate(() => scrollY)).toBe(0);
  };
  await open();
  await page.getByRole("button", { name: "回到列表" }).click();
  await expect(far).toBeInViewport();
  await isThere();
  await open();
  await page.goBack();
  await expect(far).toBeInViewport();
  await isThere();
  // Read on from the opened need, loaded again, and back to the list.
  await open();
  await page.reload();
  await expect(inbox.heading(page)).toHaveText("很长的待审列表第 11 条");
  await page.getByRole("button", { name: "回到列表" }).click();
  await expect(far).toBeInViewport();
  await isThere();
});

test("at a desk the focus stays in the list, on the need that is next", async ({ device, server }) => {
  await post(server.url, "桌上审的第一条", true);
  await post(server.url, "桌上审的第二条", true);
  const page = await device("county", { screen: computer }).open();
  await signIn(page, people.county);
  await inbox.openNeed(page, "桌上审的第一条");
  await inbox.publish(page);
  await expect(inbox.heading(page)).toHaveText("桌上审的第二条");
  await expect(page.locator(".pick").filter({ hasText: "桌上审的第二条" })).toBeFocused();
  await expect(page.getByRole("heading", { name: "已同意，等乡村振兴部门" })).toBeVisible();
});

test("who returned a need, and why, stands where the need is read again", async ({ device, server }) => {
  const title = "退回过一次的一条";
  const village = await sign(server.url, people.village);
  const wish = needOf(title, 3);
  wish.content.urgent = true;
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  const colleague = await sign(server.url, people.otherDepartment);
  const opinion = { return: { reason: "unclear", words: "请写清装在哪一段路" } };
  expect((await colleague.does("ScreenNeed", { need: wish.need, opinion })).verdict).toBe("applied");
  const page = await device("county").open(`/inbox?need=${wish.need}`);
  await signIn(page, people.county);
  const opinions = inbox.opened(page).getByRole("list", { name: "两个部门的意见" });
  await expect(opinions.getByRole("listitem").filter({ hasText: "乡村振兴部门" })).toContainText("请写清装在哪一段路");
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await expect(inbox.opened(page)).toContainText("乡村振兴部门上次退回：写得不够清楚，请写清装在哪一段路");
});
