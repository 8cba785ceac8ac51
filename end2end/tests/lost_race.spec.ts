import { randomUUID } from "node:crypto";
import * as library from "./pages/library.ts";
import * as need from "./pages/need.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, synced } from "./pages/site.ts";
import { Client, inDays, needOf, publish } from "./support/api.ts";
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
  const taken = await other.does("TakeOrder", { order: randomUUID(), need: wish.need, lines, due: inDays(20) });
  expect(taken.verdict).toBe("applied");
  await page.context().setOffline(false);

  await synced(page);
  await expect(need.rejection(page)).toContainText(other.profile.actor.role.org_name);
  await expect(need.rejection(page)).toContainText("棉被");
  await expect(page.getByRole("main")).not.toContainText("还不是你的");
  await expect(page.getByRole("heading", { name: "类似的需求" })).toBeVisible();
});
