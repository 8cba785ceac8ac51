import { randomUUID } from "node:crypto";
import * as library from "./pages/library.ts";
import * as need from "./pages/need.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, synced } from "./pages/site.ts";
import { Client, callable, inDays, needOf, publish } from "./support/api.ts";
import { api } from "./support/network.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("who took the last piece offline and too late is told who has it, what is left, and what else there is", async ({ device, server }) => {
  const title = "独居老人冬衣 60 套";
  const [village, county, department, other] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const wish = needOf(title, 60);
  wish.content.items = [
    { no: 1, name: "冬衣", quantity: 60, unit: "套" },
    { no: 2, name: "棉被", quantity: 30, unit: "床" },
  ];
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);

  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, title);
  await server.stop();
  await need.take(page, "冬衣", 20, "offline");
  await expect(page.getByRole("main")).toContainText("等待确认");
  await expect(page.getByRole("main")).toContainText("还不是你的");

  // The phone is away from the server while another organization takes all of it.
  await page.context().setOffline(true);
  await server.start();
  const lines = [{ item: 1, quantity: 60 }];
  const taken = await other.does("TakeOrder", { order: randomUUID(), need: wish.need, lines, due: inDays(20), contact: callable });
  expect(taken.verdict).toBe("applied");
  await page.context().setOffline(false);

  await synced(page);
  await expect(need.rejection(page)).toContainText(other.profile.actor.role.org_name);
  await expect(need.rejection(page)).toContainText("棉被");
  await expect(page.getByRole("main")).not.toContainText("还不是你的");
  await expect(page.getByRole("heading", { name: "类似的需求" })).toBeVisible();
});

test("while the sheet is open others take some, then all: it says who, goes down to what is left, and offers others", async ({ device, server }) => {
  const title = "村小课桌 30 套";
  const [village, county, department, other] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const wish = needOf(title, 30);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const name = other.profile.actor.role.org_name;
  const takes = async (quantity: number) => {
    const lines = [{ item: 1, quantity }];
    const { verdict } = await other.does("TakeOrder", { order: randomUUID(), need: wish.need, lines, due: inDays(20), contact: callable });
    expect(verdict).toBe("applied");
  };

  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, title);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = page.getByRole("dialog");
  const amount = sheet.getByRole("textbox", { name: "路灯" });
  await expect(amount).toHaveValue("30");
  await sheet.getByLabel("你们的电话").fill("13800000009");

  await takes(18);
  await expect(sheet.getByRole("alert").first()).toContainText(name);
  await expect(amount).toHaveValue("12");
  await expect(sheet).toContainText("还剩 12 盏");
  await expect(sheet.getByLabel("你们的电话")).toHaveValue("13800000009");

  await takes(12);
  await expect(sheet.getByRole("alert").first()).toContainText(`${name}接满了`);
  await expect(sheet.getByRole("button", { name: "接单", exact: true })).toHaveCount(0);
  await sheet.getByRole("button", { name: "关闭，看看类似的需求" }).click();
  await expect(sheet).toBeHidden();
  await expect(page.getByRole("heading", { name: "类似的需求" })).toBeVisible();
  await expect(page.getByRole("button", { name: "接单", exact: true })).toHaveCount(0);
});

test("the page knows nothing of it yet and takes what others have: the server says so, and the sheet opens again on what is left", async ({ device, network, server }) => {
  const title = "村小课椅 30 把";
  const [village, county, department, other] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const wish = needOf(title, 30);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const page = await device("organization", { through: network }).open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, title);
  network.goesWrong({ is: "refused" }, api);
  const lines = [{ item: 1, quantity: 25 }];
  const taken = await other.does("TakeOrder", { order: randomUUID(), need: wish.need, lines, due: inDays(20), contact: callable });
  expect(taken.verdict).toBe("applied");
  await need.take(page, "路灯", 30, "offline");
  await expect(page.getByRole("main")).toContainText("还不是你的");
  network.isFine();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await synced(page);
  await expect(need.rejection(page)).toContainText(other.profile.actor.role.org_name);
  await need.rejection(page).getByRole("button", { name: "接还剩的" }).click();
  await expect(page.getByRole("dialog")).toContainText("还剩 5 盏");
  await expect(page.getByRole("dialog").getByRole("textbox", { name: "路灯" })).toHaveValue("5");
});
