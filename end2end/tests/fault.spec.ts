import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Page } from "@playwright/test";
import * as form from "./pages/need_form.ts";
import { signIn } from "./pages/sign_in.ts";
import { ready, waiting } from "./pages/site.ts";
import * as village from "./pages/village.ts";
import type { Device } from "./support/device.ts";
import { everything } from "./support/network.ts";
import { root } from "./support/paths.ts";
import * as people from "./support/people.ts";
import { expect, test } from "./support/test.ts";

const title = "进村的桥栏杆坏了";
const report = "/api/v1/report_fault";

const cover = (page: Page) => page.getByRole("alertdialog", { name: "应用出错了" });
const again = (page: Page) => cover(page).getByRole("button", { name: "重新打开" });
const offer = (page: Page) => cover(page).getByRole("button", { name: "把错误报告发给开发人员" });
const outcome = (page: Page) => cover(page).getByRole("status");

/** The code as it is read aloud. */
async function code(page: Page): Promise<string> {
  const words = await cover(page).getByText(/^错误代码 /).innerText();
  const [, found] = /^错误代码 ([2-9A-Z]{3}-[2-9A-Z]{3})$/.exec(words) ?? [];
  expect(found, words).toBeTruthy();
  return found;
}

/** What a panic ends in: a module whose start function is `unreachable` traps in a task of the page. */
async function trap(page: Page): Promise<void> {
  await page.evaluate(() => {
    const trap = [0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 3, 2, 1, 0, 8, 1, 0, 10, 5, 1, 3, 0, 0, 11];
    setTimeout(() => new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(trap))));
  });
  await expect(cover(page)).toBeVisible();
}

/** A trap with a stack of any browser, as its event tells it. */
async function trapWith(page: Page, stack: string, message = "unreachable"): Promise<void> {
  await page.evaluate(
    ([stack, message]) => {
      const error = Object.assign(new WebAssembly.RuntimeError(message), { stack });
      dispatchEvent(new ErrorEvent("error", { error }));
    },
    [stack, message],
  );
  await expect(cover(page)).toBeVisible();
}

/** The traps were ours, and the only faults. */
function onlyOurs(phone: Device): void {
  const faults = phone.faults.splice(0);
  expect(faults).not.toEqual([]);
  expect(faults.filter((fault) => !fault.includes("unreachable"))).toEqual([]);
}

const kept = (page: Page) => page.evaluate(() => JSON.parse(localStorage.getItem("xiangdan-fault") ?? "[]"));

/** What the server has logged of reports. */
function logged(folder: string): string[] {
  const log = join(folder, "server.log");
  return existsSync(log) ? readFileSync(log, "utf8").split("\n").filter((line) => line.includes("page_fault")) : [];
}

test("after a fault of the program the page is covered, and opened again nothing typed or kept is lost", async ({ device, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await server.stop();
  await village.newNeed(page);
  await form.write(page, form.lamps("通组路缺路灯"));
  await form.send(page);
  await waiting(page, 1);
  await village.newNeed(page);
  await page.getByRole("textbox", { name: "需要什么（一句话）" }).fill(title);
  await form.saved(page);

  await trap(page);
  await expect(cover(page)).toContainText("没有丢");
  await expect(again(page)).toBeFocused();

  await again(page).press("Enter");
  await expect(page.getByRole("textbox", { name: "需要什么（一句话）" })).toHaveValue(title);
  await expect(cover(page)).toHaveCount(0);
  await waiting(page, 1);
  onlyOurs(phone);
});

test("a fault has a code, and its report is sent when the person agrees and the server is there again", async ({ device, folder, server }) => {
  const phone = device("village");
  const page = await phone.open();
  await signIn(page, people.village);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  await village.newNeed(page);
  await page.getByRole("textbox", { name: "需要什么（一句话）" }).fill(title);
  await form.saved(page);
  await server.stop();
  await trap(page);
  const told = await code(page);
  await expect(cover(page)).toContainText("不含你填写的内容");

  // A second fault comes from the first: the cover stays what it is.
  await trapWith(page, "RuntimeError: unreachable\n    at app.wasm:wasm-function[1]:0x2");
  expect(await code(page)).toBe(told);
  await expect(cover(page)).toHaveCount(1);

  await offer(page).click();
  await expect(outcome(page)).toHaveText("现在没有网络，连上后自动发。");
  await expect(again(page)).toBeFocused();
  const [entry, ...others] = await kept(page);
  expect(others).toEqual([]);
  expect(entry.agreed).toBe(true);
  expect(Object.keys(entry.report).sort()).toEqual(["build", "kind", "page", "stack"]);
  expect(entry.report.kind).toBe("unreachable");
  expect(entry.report.stack[0]).toMatch(/^[\w.-]+:wasm-function\[0\]:0x[0-9a-f]+$/);
  expect(JSON.stringify(entry)).not.toContain(title);

  await server.start();
  await again(page).click();
  await ready(page);
  await expect.poll(() => logged(folder).length).toBe(1);
  await expect.poll(() => kept(page)).toEqual([]);
  const [line] = logged(folder);
  expect(line).toContain(told);
  expect(line).toContain(entry.report.stack[0]);
  for (const personal of [title, people.village, "127.0.0.1"]) expect(line).not.toContain(personal);
  const metrics = await (await fetch(`${server.url}/metrics`)).text();
  expect(metrics).toContain(`xiangdan_page_faults_total{build="${entry.report.build}"} 1`);
  onlyOurs(phone);
});

test("a report is sent at once where there is a network, and never without being agreed to", async ({ device, folder, network }) => {
  const phone = device("village", { through: network });
  const page = await phone.open();
  await page.getByRole("textbox", { name: "手机号" }).waitFor();
  await trap(page);
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await again(page).click();
  await page.getByRole("textbox", { name: "手机号" }).waitFor();
  expect(await kept(page)).toHaveLength(1);

  await trap(page);
  const told = await code(page);
  await offer(page).click();
  await expect(outcome(page)).toHaveText("已发出，谢谢。");
  await expect(offer(page)).toBeDisabled();
  expect(network.asked.filter((path) => path === report)).toHaveLength(1);
  // The log of another process arrives when it arrives.
  await expect.poll(() => logged(folder)).toHaveLength(1);
  expect(logged(folder)[0]).toContain(told);
  // The one that nobody agreed to is still only here.
  expect(await kept(page)).toHaveLength(1);
  onlyOurs(phone);
});

test("a network that answers for the server has not taken the report; it goes when the line is back", async ({ device, folder, network }) => {
  const phone = device("village", { through: network });
  const page = await phone.open();
  await page.getByRole("textbox", { name: "手机号" }).waitFor();
  await trap(page);
  network.goesWrong({ is: "captive portal" }, everything);
  await offer(page).click();
  await expect(outcome(page)).toHaveText("现在没有网络，连上后自动发。");
  expect(await kept(page)).toHaveLength(1);
  network.isFine();
  await page.evaluate(() => dispatchEvent(new Event("online")));
  await expect(outcome(page)).toHaveText("已发出，谢谢。");
  expect(await kept(page)).toEqual([]);
  // The log of another process arrives when it arrives.
  await expect.poll(() => logged(folder)).toHaveLength(1);
  onlyOurs(phone);
});

test("page and server make the same code of the same fault, and the stack of any browser is only places", async ({ device }) => {
  const golden = JSON.parse(readFileSync(join(root, "docs/golden/fault-report.json"), "utf8"));
  const file = "http://127.0.0.1:3000/assets/app-e7995a903fa86b2e.wasm";
  const stacks = {
    chrome: `RuntimeError: unreachable\n    at ${file}:wasm-function[1203]:0x5a3f1\n    at save (${file}:wasm-function[88]:0x1b2c)
    at n (http://127.0.0.1:3000/assets/app-6ac35da0ad4c0863.js:1:2345)\n    at ${file}:wasm-function[2210]:0x9f003`,
    firefox: `@${file}:wasm-function[1203]:0x5a3f1\nsave@${file}:wasm-function[88]:0x1b2c\nn@http://127.0.0.1:3000/assets/app-6ac.js:1:2345
@${file}:wasm-function[2210]:0x9f003\n`,
  };
  const page = await device("village").open("/needs/00000001-0000-4000-8000-000000000001");
  const fault = async (stack: string) => {
    await page.locator("#boot").waitFor({ state: "detached" });
    await page.evaluate((build) => document.querySelector("meta[name=build]")?.setAttribute("content", build), golden.report.build);
    await trapWith(page, stack);
    const told = await code(page);
    const entries = await kept(page);
    await again(page).click();
    await cover(page).waitFor({ state: "detached" });
    return { told, report: entries[entries.length - 1].report, entries: entries.length };
  };
  for (const stack of Object.values(stacks)) {
    const { told, report } = await fault(stack);
    expect(told).toBe(golden.code);
    expect({ ...report, page: golden.report.page }).toEqual(golden.report);
    expect(report.page).not.toMatch(/\d/);
  }
  const safari = await fault("<?>.wasm-function[1203]@[wasm code]\n<?>.wasm-function[88]@[wasm code]\nn@http://127.0.0.1:3000/assets/app-6ac.js:1:2345");
  expect(safari.report.stack).toEqual(["wasm:wasm-function[1203]:0x0", "wasm:wasm-function[88]:0x0"]);
  // Three are kept at most, however often it happens.
  const many = Array.from({ length: 50 }, (_, n) => `    at ${file}:wasm-function[${n}]:0x${n}`);
  const last = await fault(["RuntimeError: unreachable", ...many].join("\n"));
  expect(last.report.stack).toHaveLength(30);
  expect(last.entries).toBe(3);
});

test("what was kept longer than a week is forgotten", async ({ device, folder }) => {
  const page = await device("village").open();
  await page.getByRole("textbox", { name: "手机号" }).waitFor();
  await page.evaluate(() => {
    const report = { build: "old", page: "/", kind: "unreachable", stack: [] };
    const at = Date.now() - 8 * 24 * 3_600_000;
    localStorage.setItem("xiangdan-fault", JSON.stringify([{ at, report, agreed: true }]));
  });
  await page.reload();
  await expect.poll(() => page.evaluate(() => localStorage.getItem("xiangdan-fault"))).toBeNull();
  expect(logged(folder)).toEqual([]);
});
