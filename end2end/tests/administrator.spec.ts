// The administrator: the state of the installation, the table of regions, lists of designations, without a terminal.
import { signIn } from "./pages/sign_in.ts";
import { synced } from "./pages/site.ts";
import { computer, phone } from "./support/device.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

for (const [name, screen] of [["phone", phone], ["computer", computer]] as const) {
  test(`the state is seen on a ${name}: data, who is signed in, faults; a check is run`, async ({ device, server }) => {
    const fault = { build: "6ac35da0ad4c", page: "/needs/:id", kind: "unreachable", stack: ["app-e7995a903fa86b2e.wasm:wasm-function[88]:0x1b2c"] };
    await fetch(`${server.url}/api/v1/report_fault`, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(fault) });
    const page = await device(name, { screen }).open();
    await signIn(page, people.administrator);
    await page.getByRole("navigation").getByRole("link", { name: "系统" }).click();
    const state = page.getByTestId("installation");
    await expect(state).toContainText("SQLite");
    await expect(state).toContainText("没有备份过");
    await expect(page.getByTestId("signed-in").first()).toContainText("管理员");
    await expect(page.getByTestId("fault")).toContainText("/needs/:id");
    await state.getByRole("button", { name: "现在核对一遍" }).click();
    await expect(state).toContainText("都对得上");
  });
}

test("a table of regions is compared before it takes the place of the old one", async ({ device }) => {
  const page = await device("admin", { screen: computer }).open();
  await signIn(page, people.administrator);
  await page.getByRole("navigation").getByRole("link", { name: "系统" }).click();
  await page.getByRole("link", { name: /区划表/ }).click();
  const choose = page.getByLabel("选文件");
  const loaded = page.getByTestId("loaded");
  const table = (text: string) => ({ name: "regions.csv", mimeType: "text/csv", buffer: Buffer.from("code,name,valid_from,valid_to,successor\n" + text) });
  await choose.setInputFiles(table("430000000000,湖南省,,,\n430102000000,芙蓉区,,,\n"));
  await expect(loaded).toContainText("表里没有 430100000000");
  // Under most codes there are records or accounts: they cannot be taken away.
  await choose.setInputFiles(table("430000000000,湖南省,,,\n"));
  await expect(loaded).toContainText("条记录或账号，不能去掉");
  await expect(loaded.getByRole("button")).toHaveCount(0);
});

test("an administrator sets what holds in the whole province, and its bureau reads it", async ({ device, server }) => {
  const page = await device("admin").open();
  await signIn(page, people.administrator);
  await page.getByRole("navigation").getByRole("link", { name: "我的" }).click();
  await page.getByRole("link", { name: /规则设置/ }).click();
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("湖南省 · 规则设置");
  await page.getByTestId("setting-daily_orders").getByRole("textbox").fill("8");
  await page.getByRole("button", { name: "存好并发出" }).click();
  await expect(page.getByTestId("settings-said")).toContainText("已经存好");
  await synced(page);
  const other = await device("county").open();
  await signIn(other, people.county);
  await other.goto(`${server.url}/rules`);
  await expect(other.getByTestId("setting-daily_orders")).toContainText("8");
  await expect(other.getByTestId("setting-daily_orders")).toContainText("省里定的");
});

test("pages of the administrator open for nobody else", async ({ device }) => {
  const page = await device("province", { screen: computer }).open();
  await signIn(page, people.province);
  for (const path of ["/admin", "/admin/regions"]) {
    await page.goto(new URL(path, page.url()).href);
    await expect(page.getByRole("heading", { level: 1 })).toHaveText("这一页不归你用");
  }
});
