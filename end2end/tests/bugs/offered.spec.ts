// Nothing is offered that is refused: pages of other roles, orders without a number, and counts of what cannot be done.
import * as library from "../pages/library.ts";
import { signIn } from "../pages/sign_in.ts";
import { goTo, ready, synced } from "../pages/site.ts";
import { Client, deliver, needOf, publish } from "../support/api.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";

const sign = (url: string, person: string) => Client.signIn(url, person, people.password);

test("pages of other roles say whose they are, and no form opens that could not be sent", async ({ device }) => {
  for (const [person, phone, paths] of [
    ["organization", people.organization, ["/needs/new", "/inbox", "/county"]],
    ["village", people.village, ["/orders", "/inbox", "/county"]],
    ["county", people.county, ["/needs/new", "/orders", "/library"]],
  ] as const) {
    const page = await device(person).open();
    await signIn(page, phone);
    for (const path of paths) {
      await page.goto(new URL(path, page.url()).href);
      await ready(page);
      await expect(page.getByRole("heading", { level: 1 })).toHaveText("这一页不归你用");
      await expect(page.getByRole("textbox")).toHaveCount(0);
    }
  }
});

test("an order without a number is not sent: the field says so, and what was typed stays", async ({ device, server }) => {
  const [village, county, department] = await Promise.all([people.village, people.county, people.otherDepartment].map((p) => sign(server.url, p)));
  const wish = needOf("要留电话的路灯", 12);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await goTo(page, "项目库");
  await library.openNeed(page, wish.content.title);
  await page.getByRole("button", { name: "接单", exact: true }).click();
  const sheet = page.getByRole("dialog");
  // The number of the last order is there already.
  const phone = sheet.getByLabel("你们的电话");
  await expect(phone).not.toHaveValue("");
  await sheet.getByLabel("你们的联系人").fill("龙海燕");
  await phone.fill("");
  await sheet.getByRole("button", { name: "接单", exact: true }).click();
  await expect(sheet.locator("#take-phone-error")).toContainText("村里打得通的电话");
  await expect(phone).toHaveAttribute("aria-invalid", "true");
  await expect(sheet.getByLabel("你们的联系人")).toHaveValue("龙海燕");
  const last = await sheet.getByLabel("打算什么时候交到村里").getAttribute("max");
  expect(last).toBe(wish.content.deadline);
  await phone.fill("13800000003");
  await sheet.getByRole("button", { name: "接单", exact: true }).click();
  await expect(sheet).toBeHidden();
});

test("a badge counts the cards under it that ask this person for something", async ({ device, server }) => {
  const [village, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.organization].map((p) => sign(server.url, p)),
  );
  const wish = needOf("等村里确认的路灯", 12);
  expect((await village.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  await deliver(member, wish.need, 12);
  const badge = (page: any) => page.getByRole("navigation").locator("[aria-current=page] .badge").evaluate((b: Element) => Number.parseInt(b.firstChild!.textContent!, 10));

  const cadre = await device("village").open();
  await signIn(cadre, people.village);
  await synced(cadre);
  const asking = cadre.locator(".pill").filter({ hasText: /请你确认|退回修改/ });
  await expect.poll(async () => (await badge(cadre)) - (await asking.count())).toBe(0);

  const officer = await device("county").open();
  await signIn(officer, people.county);
  await synced(officer);
  const before = await badge(officer);
  await expect(officer.locator(".pick")).toHaveCount(Math.min(before, 100));
  // What this department has agreed to waits for the other one, and is not counted here.
  const other = needOf("只等另一个部门的路灯", 3);
  expect((await village.does("PostNeed", other)).verdict).toBe("applied");
  await expect.poll(() => badge(officer)).toBe(before + 1);
  expect((await county.does("ScreenNeed", { need: other.need, opinion: { publish: {} } })).verdict).toBe("applied");
  await expect.poll(() => badge(officer)).toBe(before);
});
