import { randomUUID } from "node:crypto";
import * as library from "./pages/library.ts";
import * as need from "./pages/need.ts";
import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { Client, callable, inDays, needOf, publish } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "养老院要 20 床棉被";

for (const meanwhile of ["nobody else came", "another organization took it meanwhile"] as const) {
  test(`an order that only waits is taken back before it is sent; ${meanwhile}`, async ({ device, server }) => {
    const [cadre, county, department, other] = await Promise.all(
      [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
    );
    const wish = needOf(title, 20);
    expect((await cadre.does("PostNeed", wish)).verdict).toBe("applied");
    await publish([county, department], wish.need);
    const page = await device("organization").open();
    await signIn(page, people.organization);
    await goTo(page, "项目库");
    await library.openNeed(page, title);
    await server.stop();
    await need.take(page, "路灯", 20, "offline");
    await expect(need.state(page)).toHaveText("等待确认");
    await page.getByRole("link", { name: "打开这一单" }).click();
    await expect(page.getByTestId("order-state")).toContainText("等待确认");
    // Nothing says that it was taken.
    const happened = page.getByRole("region", { name: "经过" }).getByRole("listitem");
    await expect(happened.first()).toContainText("想接");
    await expect(happened.first()).toContainText("等待确认");
    await page.getByRole("button", { name: "不接了" }).click();
    await expect(page.getByTestId("order-state")).toContainText("不接了");
    await expect(page.getByRole("button", { name: "不接了" })).toBeHidden();
    await expect(page.getByText("还不算接到")).toBeHidden();
    await waiting(page, 2);

    await page.context().setOffline(true);
    await server.start();
    if (meanwhile !== "nobody else came") {
      const lines = [{ item: 1, quantity: 20 }];
      const taken = await other.does("TakeOrder", { order: randomUUID(), need: wish.need, lines, due: inDays(20), contact: callable });
      expect(taken.verdict).toBe("applied");
    }
    await page.context().setOffline(false);
    await synced(page);
    const left = (await cadre.rows("need")).find((row) => row.id === wish.need)!.body;
    const holders = (left.pledges ?? []).map((pledge: { org: string }) => pledge.org);
    expect(holders).toEqual(meanwhile === "nobody else came" ? [] : [other.profile.actor.role.org]);
    // Nobody is told that they failed at what they did not want any more.
    await page.goto(new URL("/me", page.url()).href);
    await expect(page.getByRole("main").getByText("都发出了")).toBeVisible();
    await page.goto(new URL("/orders", page.url()).href);
    await expect(page.getByRole("group", { name: "没有接到" })).toHaveCount(0);
  });
}

test("a need that was not sent yet is changed and withdrawn, and the county never sees it wait", async ({ device, server }) => {
  const page = await device("village").open();
  await signIn(page, people.village);
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await expect(village.needCard(page, title)).toContainText("保存在这部手机上");

  await village.openNeed(page, title);
  await page.getByRole("link", { name: "修改" }).click();
  await page.getByRole("textbox", { name: "要什么", exact: true }).fill("棉被");
  await page.getByRole("button", { name: "把改动发给县里" }).click();
  // The county does not know of the need itself: that is what is said, not that a change waits.
  await expect(village.needCard(page, title)).toContainText("保存在这部手机上，还没有发到县里");
  await expect(village.needCard(page, title)).not.toContainText("改动");
  await village.openNeed(page, title);
  await page.getByRole("button", { name: "撤回" }).click();
  const question = page.getByRole("dialog");
  await question.getByRole("radio").first().check();
  await question.getByRole("button", { name: "撤回", exact: true }).click();
  await expect(question).toBeHidden();
  await expect(need.state(page)).toContainText("等待发送");
  await waiting(page, 3);

  await server.start();
  await synced(page);
  await expect(need.state(page)).toContainText("已撤回");
  const officer = await device("county", { screen: computer }).open();
  await signIn(officer, people.county);
  await expect(officer.getByRole("main").getByRole("link", { name: title })).toHaveCount(0);
});
