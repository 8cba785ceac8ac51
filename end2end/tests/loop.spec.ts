import * as inbox from "./pages/inbox.ts";
import * as library from "./pages/library.ts";
import * as need from "./pages/need.ts";
import * as form from "./pages/need_form.ts";
import * as order from "./pages/order.ts";
import { signIn } from "./pages/sign_in.ts";
import { goTo, syncLine, synced, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "村口到小学缺路灯 12 盏";

test("a need goes from the village over the county and an organization back to the village", async ({ device }) => {
  const [cadre, officer, member, other] = [
    await device("village").open(),
    await device("county", { screen: computer }).open(),
    await device("organization").open(),
    await device("other").open(),
  ];
  await signIn(cadre, people.village);
  await village.newNeed(cadre);
  await form.write(cadre, form.lamps(title));
  await form.send(cadre);
  await expect(village.needCard(cadre, title)).toContainText("县里已收到");

  await signIn(officer, people.county);
  await inbox.openNeed(officer, title);
  await inbox.returnToVillage(officer, "请写清装在哪一段路");
  await expect(village.needCard(cadre, title)).toContainText("请写清装在哪一段路");

  await village.openNeed(cadre, title);
  await cadre.getByRole("link", { name: "修改" }).click();
  await cadre.getByRole("textbox", { name: "情况说明" }).fill("从村口大樟树到小学门口，一公里，晚上没有灯。");
  await form.send(cadre);
  await inbox.openNeed(officer, title);
  await inbox.publish(officer);
  await synced(officer);
  const colleague = await device("department", { screen: computer }).open();
  await signIn(colleague, people.otherDepartment);
  await inbox.openNeed(colleague, title);
  await inbox.publish(colleague);
  await synced(colleague);

  await signIn(member, people.organization);
  await goTo(member, "项目库");
  await library.openNeed(member, title);
  await need.take(member, "路灯", 8, "online");
  await synced(member);

  await signIn(other, people.otherOrganization);
  await goTo(other, "项目库");
  await library.openNeed(other, title);
  await expect(other.getByRole("main")).toContainText("还剩 4 盏");
  await expect(other.getByText("13800000001")).toHaveCount(0);

  await member.goto(new URL("/orders", member.url()).href);
  await order.open(member, title);
  await expect(member.getByRole("main")).toContainText("13800000001");
  await order.report(member, "立好了 8 根灯杆", "3200");
  await order.delivered(member, "8 盏都亮了，请晚上看看");
  await synced(member);

  await cadre.goto(new URL("/", cadre.url()).href);
  await village.openNeed(cadre, title);
  await expect(cadre.getByRole("main")).toContainText("立好了 8 根灯杆");
  await village.confirmDelivery(cadre);
  await synced(cadre);
  await expect(order.state(member)).toContainText("已确认");
});

test("posted and taken while the server is down, the browsers closed: everything arrives once", async ({ device, server }) => {
  const [cadrePhone, memberPhone] = [device("village"), device("organization")];
  let cadre = await cadrePhone.open();
  let member = await memberPhone.open();
  await signIn(cadre, people.village);
  await signIn(member, people.organization);
  await goTo(member, "项目库");
  await expect(library.row(member, "").first()).toBeVisible();
  await member.evaluate(async () => void (await navigator.serviceWorker.ready));
  await cadre.evaluate(async () => void (await navigator.serviceWorker.ready));
  await server.stop();

  await village.newNeed(cadre);
  await form.write(cadre, form.lamps(title));
  await form.send(cadre);
  await expect(village.needCard(cadre, title)).toContainText("等待发送");
  await cadrePhone.close();

  // Villages far apart may have written the same title.
  const first = library.row(member, "").first();
  const wanted = (await first.getByRole("heading").textContent())!;
  await first.getByRole("link").click();
  await expect(member.getByRole("heading", { level: 1, name: wanted })).toBeVisible();
  await need.take(member, "", 1, "offline");
  await expect(member.getByRole("main")).toContainText("等待确认");
  await expect(member.getByRole("main")).toContainText("还不是你的");
  await memberPhone.close();

  cadre = await cadrePhone.open("/");
  await expect(village.needCard(cadre, title)).toContainText("等待发送");
  await waiting(cadre, 1);
  member = await memberPhone.open("/orders");
  await expect(member.getByRole("main")).toContainText(wanted);
  await expect(syncLine(member)).toHaveAttribute("data-state", "off");

  await server.start();
  await synced(cadre);
  await synced(member);
  await expect(village.needCard(cadre, title)).toHaveCount(1);
  await expect(village.needCard(cadre, title)).toContainText("县里已收到");
  const officer = await device("county", { screen: computer }).open();
  await signIn(officer, people.county);
  await expect(officer.getByRole("main").getByRole("link", { name: title })).toHaveCount(1);
});
