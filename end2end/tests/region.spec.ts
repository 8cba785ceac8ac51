import { signIn } from "./pages/sign_in.ts";
import { ready } from "./pages/site.ts";
import { Client, needOf } from "./support/api.ts";
import { computer } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

for (const [name, officer] of [["city", people.city], ["province", people.province]]) {
  test(`an officer of the ${name} finds a need, reads what happened to it, and is told when that needs a network`, async ({ device, server }) => {
    const title = "全市都看得到的一条需求";
    const village = await Client.signIn(server.url, people.village, people.password);
    const wish = needOf(title, 7);
    expect((await village.does("PostNeed", wish)).verdict).toBe("applied");

    const desk = device(name, { screen: computer });
    const page = await desk.open();
    await signIn(page, officer);
    await page.getByRole("searchbox", { name: "搜索" }).fill(title);
    await page.getByRole("link", { name: title }).click();
    const main = page.getByRole("main");
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await expect(main).toContainText("路灯");
    await expect(main).toContainText("村里发给县里审核");
    // Only to be read.
    await expect(main.getByRole("button")).toHaveCount(0);
    await expect(main.getByRole("link", { name: /审核|修改/ })).toHaveCount(0);

    // Its address is sent to somebody else of the office, who opens it.
    await page.evaluate(async () => void (await navigator.serviceWorker.ready));
    await page.reload();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await server.stop();
    await page.reload();
    await ready(page);
    await expect(main.getByRole("alert").filter({ hasText: /./ })).toContainText("这里要联网才能看");
    await server.start();
    await main.getByRole("button", { name: "再试一次" }).click();
    await expect(page.getByRole("heading", { level: 1, name: title })).toBeVisible();
    await page.goto(`${desk.url}/needs/00000000-0000-4000-8000-000000000000`);
    await expect(main).toContainText("这条需求");
  });
}
