// The page says what is so, when it is so.
import * as library from "../pages/library.ts";
import * as form from "../pages/need_form.ts";
import { signIn } from "../pages/sign_in.ts";
import { ready, synced, waiting } from "../pages/site.ts";
import * as village from "../pages/village.ts";
import { Client, inDays, needOf, publish } from "../support/api.ts";
import { api, exchange } from "../support/network.ts";
import * as people from "../support/people.ts";
import { expect, test } from "../support/test.ts";
import { randomUUID } from "node:crypto";

test("a need is said to have arrived only once the county's server has said so", async ({ device, network }) => {
  const page = await device("village", { through: network }).open();
  await signIn(page, people.village);
  const title = "晒谷坪要硬化";
  network.goesWrong({ is: "answer lost" }, api);
  await village.newNeed(page);
  await form.write(page, form.lamps(title));
  await form.send(page);
  await waiting(page, 1);
  await expect(village.needCard(page, title)).toContainText("还没有发到县里");
  await expect(village.needCard(page, title)).not.toContainText("县里已收到");
  network.isFine();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(village.needCard(page, title)).toContainText("县里已收到");
});

test("a line of the library has room for its title and says what is still missing", async ({ device, server }) => {
  const [cadre, county, department, member] = await Promise.all(
    [people.village, people.county, people.otherDepartment, people.otherOrganization].map((phone) => Client.signIn(server.url, phone, people.password)),
  );
  const title = "从村口到村小的那段坡路没有路灯，孩子冬天摸黑上学，想装上太阳能路灯";
  const wish = needOf(title, 12);
  expect((await cadre.does("PostNeed", wish)).verdict).toBe("applied");
  await publish([county, department], wish.need);
  const contact = { name: "何雨", phone: "13800000002" };
  const took = await member.does("TakeOrder", { order: randomUUID(), need: wish.need, lines: [{ item: 1, quantity: 3 }], due: inDays(20), contact });
  expect(took.verdict).toBe("applied");
  const page = await device("organization").open();
  await signIn(page, people.organization);
  await library.search(page, "太阳能路灯");
  const row = library.row(page, title);
  await expect(row).toContainText("还差 9 盏");
  const heading = row.getByRole("heading");
  const { lines, shown } = await heading.evaluate((e) => {
    const line = Number.parseFloat(getComputedStyle(e).lineHeight);
    return { lines: Math.round(e.scrollHeight / line), shown: Math.round(e.clientHeight / line) };
  });
  expect(shown).toBe(2);
  expect(lines).toBeGreaterThanOrEqual(2);
});

test("while the library is downloaded for the first time, it says so, and not that there is nothing", async ({ device, network }) => {
  const page = await device("organization", { through: network }).open();
  network.goesWrong({ is: "slow", ms: 4_000 }, exchange, 1);
  await page.getByRole("textbox", { name: "手机号" }).fill(people.organization);
  await page.getByRole("textbox", { name: "密码" }).fill(people.password);
  await page.getByRole("button", { name: "登录" }).click();
  await ready(page);
  await expect(page.getByRole("heading", { name: "正在下载项目库…" })).toBeVisible();
  await expect(page.getByTestId("library-count")).toContainText("还在下载");
  await expect(page.getByRole("main")).not.toContainText(/没有合适|还没有/);
  await synced(page);
  await expect(page.getByTestId("library-count")).toContainText(/^共 [\d,]+ 条$/);
});

test("who signs in can see the password, and reads what this is, whom to call, and who sees what", async ({ device }) => {
  const page = await device("village").open();
  const password = page.getByRole("textbox", { name: "密码" });
  await expect(password).toHaveAttribute("type", "password");
  await password.fill("xiangdan-demo");
  await page.getByRole("checkbox", { name: "显示密码" }).check();
  await expect(page.locator("#password")).toHaveAttribute("type", "text");
  await expect(page.locator("#password")).toHaveValue("xiangdan-demo");
  const main = page.getByRole("main");
  await expect(main).toContainText("社会组织来接单");
  await expect(main).toContainText("负责乡单的同志");
  await expect(main).toContainText("只记人数");
});
