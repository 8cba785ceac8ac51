// Pictures and words of every page of every role, to be compared before and after a change:
//
//   node end2end/tools/screens.mjs SERVER OUT [--only ROLE[/PAGE]]   writes OUT/role-page-size.png and .json
//   node end2end/tools/screens.mjs --compare BEFORE AFTER             prints what differs, page by page
//
// SERVER is a release binary with its site inside. It runs on a copy of its own demonstration data, which are the same
// each time they are made on one day. Each picture shows what the screen shows, not the whole page. Nothing sleeps: a
// picture is taken when the page is ready, synced, shows no skeleton and has not changed for some frames. What pages log
// as errors, and exceptions nobody caught, is printed at the end and makes the exit code 1.
import { chromium as engine } from "@playwright/test";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compare } from "./compare_screens.mjs";
import { chromium, demoData, password, startServer } from "./demo_server.mjs";
import { ROLES, SIGN_IN, whatIsHeld } from "./roles.mjs";

const SIZES = {
  "390x844": { screen: { width: 390, height: 844 } },
  "360x640-large": { screen: { width: 360, height: 640 }, large: true },
  "1280x800": { screen: { width: 1280, height: 800 } },
};
/** As the tests start it. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"];
/** A page that has not changed for so many frames is at rest. */
const STILL_FRAMES = 12;

const argv = process.argv.slice(2);
if (argv[0] === "--compare") {
  process.exit(await compare(argv[1], argv[2]));
}
const [binary, out] = argv;
if (!binary || !out) {
  console.error("usage: screens.mjs SERVER OUT [--only ROLE[/PAGE]], or screens.mjs --compare BEFORE AFTER");
  process.exit(2);
}
const only = argv.includes("--only") ? argv[argv.indexOf("--only") + 1].split("/") : [];

mkdirSync(out, { recursive: true });
const server = await startServer(binary, demoData(binary));
const browser = await engine.launch({ executablePath: chromium, args: FLAGS, handleSIGTERM: false, handleSIGHUP: false });
const faults = [];
let taken = 0;
try {
  if (!only[0] || only[0] === "visitor") {
    for (const size of Object.keys(SIZES)) await look("visitor", size, undefined, SIGN_IN);
  }
  for (const { role, phone, sizes, pages } of ROLES) {
    if (only[0] && only[0] !== role) continue;
    const all = pages(await whatIsHeld(server.url, phone));
    for (const size of sizes) await look(role, size, phone, all);
  }
} finally {
  await browser.close();
  await server.stop();
}
console.log(`${taken} pictures in ${out}`);
for (const fault of faults) console.log(`\n${fault}`);
console.log(faults.length ? `\n${faults.length} errors` : "no errors");
process.exit(faults.length ? 1 : 0);

/** Opens these pages one after another as one person on one screen. */
async function look(role, size, phone, pages) {
  const { screen, large } = SIZES[size];
  const context = await browser.newContext({ viewport: screen, hasTouch: screen.width < 900, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  let current = { name: "sign-in" };
  const fault = (words) => {
    if (!current.expects?.test(words)) faults.push(`${role}-${current.name}-${size}: ${words}`);
  };
  context.on("weberror", (error) => fault(String(error.error().stack ?? error.error())));
  context.on("console", (said) => said.type() === "error" && fault(`${said.text()} (${said.location().url})`));
  // Each page begins as on the first day: a tab remembers where somebody was in a list.
  await context.addInitScript((large) => {
    if (location.protocol === "about:") return;
    sessionStorage.clear();
    if (large) localStorage.setItem("xiangdan-large-text", "1");
  }, large);
  const page = await context.newPage();
  if (phone) {
    await page.goto(server.url);
    await page.getByRole("textbox", { name: "手机号" }).fill(phone);
    await page.getByRole("textbox", { name: "密码" }).fill(password);
    await page.getByRole("button", { name: "登录" }).click();
    await settle(page);
  }
  for (const one of pages) {
    if (only[1] && only[1] !== one.name) continue;
    current = one;
    const name = `${role}-${one.name}-${size}`;
    try {
      await page.goto(server.url + one.path, { waitUntil: "commit" });
      await settle(page);
      if (one.act) {
        await one.act(page);
        await settle(page);
      }
    } catch (error) {
      // The picture shows why.
      fault(`did not come to rest: ${error.message}`);
    }
    await page.screenshot({ path: join(out, `${name}.png`), animations: "disabled", caret: "hide", scale: "css" });
    writeFileSync(join(out, `${name}.json`), `${JSON.stringify(await layout(page, one), null, 1)}\n`);
    taken += 1;
  }
  await context.close();
}

/** Waits until nothing more is going to change by itself. */
async function settle(page) {
  await page.waitForFunction(() => {
    const waits = [...document.querySelectorAll(".skeleton, [aria-busy=true]")].some((element) => element.getClientRects().length);
    const signIn = document.querySelector("input#phone, input#code, form [autocomplete=new-password]");
    const line = document.querySelector("[data-testid=sync-line]");
    const synced = line && line.dataset.state === "on" && line.dataset.waiting === "0" && document.documentElement.hasAttribute("data-ready");
    return !document.getElementById("boot") && !waits && (signIn || synced) && [...document.images].every((image) => image.complete);
  }, undefined, { timeout: 30_000 });
  await page.evaluate(async (frames) => {
    await document.fonts.ready;
    let still = 0;
    const watch = new MutationObserver(() => (still = 0));
    watch.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
    while (still < frames) {
      await new Promise(requestAnimationFrame);
      still += 1;
    }
    watch.disconnect();
  }, STILL_FRAMES);
}

/** What is on the page, in words and numbers. */
async function layout(page, { path }) {
  const seen = await page.evaluate(() => {
    const tags = {};
    for (const element of document.body.querySelectorAll("*")) tags[element.localName] = (tags[element.localName] ?? 0) + 1;
    const answer = (field) => (field.type === "checkbox" || field.type === "radio" ? field.checked : field.value);
    const fields = [...document.querySelectorAll("input, select, textarea")].map((field) => {
      const name = field.getAttribute("aria-label") || field.id || field.name || field.closest("label")?.innerText || "";
      return `${field.localName} ${name} = ${answer(field)}`;
    });
    const focus = document.activeElement;
    const { scrollWidth, scrollHeight } = document.documentElement;
    return {
      title: document.title,
      address: location.pathname + location.search,
      text: document.body.innerText.split("\n").map((line) => line.trim()).filter(Boolean),
      fields,
      focus: focus ? `${focus.localName} ${focus.getAttribute("aria-label") || focus.innerText?.slice(0, 40) || ""}`.trim() : "",
      tags: Object.fromEntries(Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1))),
      size: { width: scrollWidth, height: scrollHeight, window: `${innerWidth}x${innerHeight}`, scrolled: Math.round(scrollY) },
    };
  });
  const roles = (await page.locator("body").ariaSnapshot()).split("\n");
  return { opened: path, ...seen, roles };
}
