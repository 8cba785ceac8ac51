import * as inbox from "./pages/inbox.ts";
import { signIn } from "./pages/sign_in.ts";
import { Client, deliver, needOf, publish } from "./support/api.ts";
import { computer, phone } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";
const sign = (url: string, person: string) => Client.signIn(url, person, people.password);
test("look", async ({ device, server }) => {
  test.setTimeout(300_000);
  const [village, county, department, member] = await Promise.all([people.village, people.county, people.otherDepartment, people.organization].map((p) => sign(server.url, p)));
  const done = needOf("村口到小学装路灯 8 盏", 8);
  await village.does("PostNeed", done);
  await publish([county, department], done.need);
  await deliver(member, done.need, 8);
  for (const title of ["村卫生室要血压计", "学校围墙倒了一段要修"]) {
    const wish = needOf(title, 3);
    wish.content.urgent = true;
    wish.content.details = "上个月下雨冲倒的，孩子们上学要绕路，村里凑了一部分水泥，还差人工和砖。";
    await village.does("PostNeed", wish);
    await department.does("ScreenNeed", { need: wish.need, opinion: { publish: { remark: "和去年的项目不重复，建议同意" } } });
  }
  for (const [name, screen] of [["phone", phone], ["wide", computer]] as const) {
    const d = device(`county-${name}`, { screen });
    const page = await d.open();
    await signIn(page, people.county);
    await page.screenshot({ path: `/tmp/look/inbox-list-${name}.png` });
    await page.getByRole("main").getByRole("link", { name: /村卫生室要血压计|学校围墙/ }).first().click();
    await expect(inbox.agreeButton(page)).toBeEnabled();
    await page.getByRole("textbox", { name: /^意见/ }).fill("先装村口");
    await page.screenshot({ path: `/tmp/look/inbox-need-${name}.png` });
    await inbox.publish(page);
    await page.screenshot({ path: `/tmp/look/inbox-decided-${name}.png` });
    await expect(inbox.agreeButton(page)).toBeEnabled();
    await page.getByRole("textbox", { name: /^意见/ }).fill("写了一半");
    await page.goto(d.url + "/me");
    await page.getByTestId("unfinished-work").waitFor();
    await page.screenshot({ path: `/tmp/look/me-${name}.png` });
    await page.goto(d.url + "/settings");
    await page.getByRole("button", { name: "退出登录" }).click();
    await page.getByRole("button", { name: "仍然退出" }).waitFor();
    await page.screenshot({ path: `/tmp/look/leave-${name}.png` });
    const v = device(`village-${name}`, { screen });
    const cadre = await v.open(`/needs/${done.need}`);
    await signIn(cadre, people.village);
    if (name === "phone") {
      await expect(cadre.getByRole("button", { name: "确认做到了" })).toBeEnabled();
      await cadre.screenshot({ path: `/tmp/look/confirm-${name}.png` });
      await cadre.getByRole("button", { name: "没有做到" }).click();
      await cadre.getByRole("dialog").getByRole("textbox").fill("还有两盏不亮");
      await cadre.getByRole("button", { name: "告诉对方" }).click();
      await expect(cadre.getByText("撤销")).toBeVisible();
      await cadre.screenshot({ path: `/tmp/look/disputed-now-${name}.png` });
      await expect(cadre.getByText("撤销")).toHaveCount(0, { timeout: 12000 });
      await cadre.screenshot({ path: `/tmp/look/disputed-${name}.png`, fullPage: true });
      await cadre.goto(v.url + "/");
      await cadre.getByTestId("need-card").first().waitFor();
      await cadre.screenshot({ path: `/tmp/look/cards-${name}.png` });
    }
  }
});
