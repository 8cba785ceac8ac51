import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, synced } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

test("two tabs: what one does both show, and one of them syncs", async ({ device, network }) => {
  const phone = device("village", { through: network });
  const one = await phone.open();
  await signIn(one, people.village);
  const two = await phone.another("/");
  await ready(two);
  await synced(two);

  const before = network.asked.filter((path) => path === "/api/v1/exchange").length;
  await village.newNeed(two);
  await form.write(two, form.lamps("两个窗口里的一条需求"));
  await form.send(two);
  for (const page of [one, two]) {
    await expect(village.needCard(page, "两个窗口里的一条需求")).toContainText("县里已收到");
    await synced(page);
  }
  const exchanges = network.asked.filter((path) => path === "/api/v1/exchange").length - before;
  expect(exchanges).toBeLessThanOrEqual(4);
  expect(network.asked.filter((path) => path === "/api/v1/hints").length).toBeLessThanOrEqual(2);

  // The tab that synced is closed; the other one takes over.
  await one.close();
  await village.newNeed(two);
  await form.write(two, form.lamps("水井边要装护栏"));
  await form.send(two);
  await expect(village.needCard(two, "水井边要装护栏")).toContainText("县里已收到");
});
