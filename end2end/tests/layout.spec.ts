import { signIn } from "./pages/sign_in.ts";
import { ready, synced } from "./pages/site.ts";
import { Client } from "./support/api.ts";
import { computer, phone, type Screen } from "./support/device.ts";
import { api } from "./support/network.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";
import { seen, watch } from "./support/watch.ts";

const PAGES: [name: string, person: string, screen: Screen, paths: string[]][] = [
  ["village", people.village, phone, ["/", "/needs/new", "/library", "/needs/", "/me", "/sync", "/settings"]],
  ["organization", people.organization, phone, ["/", "/orders", "/needs/", "/orders/", "/me", "/sync"]],
  ["county on a phone", people.county, phone, ["/", "/county", "/needs/"]],
  ["county at a desk", people.county, computer, ["/", "/county", "/needs/"]],
  ["city", people.city, computer, ["/"]],
];

for (const [name, person, screen, paths] of PAGES) {
  test(`${name}: nothing jumps while a page is opened and its data arrives`, async ({ device, network, server }) => {
    const client = await Client.signIn(server.url, person, people.password);
    // An address that ends in a stroke is the one of this person's first need or order.
    const address = async (path: string) =>
      path.length > 1 && path.endsWith("/") ? path + (await client.rows(path === "/needs/" ? "need" : "order"))[0].id : path;
    const here = device(name, { screen, through: network });
    const page = await here.open();
    await watch(page);
    await page.reload();
    // Later than the tap by more than what counts as the tap's doing.
    const slow = () => network.goesWrong({ is: "slow", ms: 700 }, api);
    const jumps = async (where: string) => {
      const { shift, jumped } = await seen(page);
      expect.soft(shift, `${where}:\n${jumped.join("\n")}`).toBeLessThan(0.01);
    };
    slow();
    await signIn(page, person);
    await jumps("the first data of all");
    network.isFine();
    for (const path of paths) {
      slow();
      await page.goto(here.url + (await address(path)));
      await ready(page);
      await synced(page);
      await expect(page.locator("[aria-busy=true]")).toHaveCount(0);
      await jumps(path);
      network.isFine();
    }
  });
}
