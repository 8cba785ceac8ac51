import type { Page } from "@playwright/test";
import * as library from "./pages/library.ts";
import * as order from "./pages/order.ts";
import { ready, synced } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { computer } from "./support/device.ts";
import { choose, press, reach, write } from "./support/keyboard.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "晒谷坪要铺 300 平方米";

const textbox = (page: Page, name: string) => page.getByRole("textbox", { name, exact: true });
const link = (page: Page, name: string | RegExp) => page.getByRole("link", { name });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name, exact: typeof name === "string" });

async function signIn(page: Page, phone: string): Promise<void> {
  await write(page, textbox(page, "手机号"), phone);
  await write(page, textbox(page, "密码"), people.password);
  await page.keyboard.press("Enter");
  await ready(page);
  await synced(page);
}

/** Written, screened, taken, reported, delivered and confirmed, and nobody has a mouse. */
test("the whole way of a need with the keyboard alone", async ({ device }) => {
  test.setTimeout(180_000);
  const cadre = await device("village", { screen: computer }).open();
  await signIn(cadre, people.village);
  await press(cadre, link(cadre, "发一条需求"));
  await write(cadre, textbox(cadre, "需要什么（一句话）"), title);
  await choose(cadre, cadre.getByRole("radio", { name: "人居环境" }));
  await choose(cadre, cadre.getByRole("radio", { name: "输血", exact: true }));
  await write(cadre, textbox(cadre, "要什么"), "水泥");
  await write(cadre, textbox(cadre, "数量"), "12");
  await write(cadre, textbox(cadre, "单位"), "吨");
  await write(cadre, textbox(cadre, "多少人受益"), "160");
  await write(cadre, textbox(cadre, "联系人"), "杨国胜");
  await write(cadre, textbox(cadre, "电话"), "13800000001");
  await press(cadre, button(cadre, "发给县里审核"));
  await expect(village.needCard(cadre, title)).toContainText("县里已收到");

  for (const officer of [people.county, people.otherDepartment]) {
    const desk = await device(officer, { screen: computer }).open();
    await signIn(desk, officer);
    await press(desk, desk.getByRole("main").getByRole("link", { name: title }));
    await expect(desk.getByRole("heading", { name: title })).toBeVisible();
    await expect(desk.getByRole("button", { name: /^同意/ })).toBeEnabled();
    await desk.keyboard.press("a");
    await expect(desk.locator(".pick").filter({ hasText: title })).toHaveCount(0);
    await synced(desk);
  }

  const member = await device("organization", { screen: computer }).open();
  await signIn(member, people.organization);
  await write(member, member.getByRole("searchbox", { name: "搜索" }), title);
  await press(member, library.row(member, title).getByRole("link"));
  await press(member, button(member, "接单"));
  const sheet = member.getByRole("dialog");
  await reach(member, sheet.getByRole("textbox", { name: "水泥" }));
  await press(member, sheet.getByRole("button", { name: "接单", exact: true }));
  await expect(sheet).toBeHidden();
  await synced(member);
  await press(member, link(member, "打开这一单"));
  await press(member, button(member, "写进展"));
  await write(member, sheet.getByRole("textbox", { name: "做了什么" }), "水泥送到了村口");
  await press(member, sheet.getByRole("button", { name: "发给村里" }));
  await expect(sheet).toBeHidden();
  await press(member, button(member, "报告已完成"));
  // Escape leaves a question as it was, and the keyboard is back where it came from.
  await member.keyboard.press("Escape");
  await expect(sheet).toBeHidden();
  await expect(button(member, "报告已完成")).toBeFocused();
  await member.keyboard.press("Enter");
  await press(member, sheet.getByRole("button", { name: "报告已完成" }));
  await expect(sheet).toBeHidden();
  await synced(member);

  await expect(village.needCard(cadre, title)).toContainText("对方说已完成");
  await press(cadre, link(cadre, new RegExp(title)));
  await press(cadre, button(cadre, "没有做到"));
  await write(cadre, cadre.getByRole("textbox", { name: "哪里没有做到" }), "还差两吨");
  await press(cadre, button(cadre, "告诉对方"));
  await synced(cadre);
  await expect(order.state(member)).toContainText("村里");
  await press(member, button(member, "报告已完成"));
  await press(member, sheet.getByRole("button", { name: "报告已完成" }));
  await synced(member);
  await press(cadre, button(cadre, "确认做到了"));
  await synced(cadre);
  await expect(order.state(member)).toContainText("已确认");
});
