// usage: node zz_shots.mjs OUT SIZE who:path,who:path…
import { chromium } from "@playwright/test";
import { mkdirSync } from "node:fs";
const [out, size, ...pages] = process.argv.slice(2);
const base = process.env.BASE ?? "http://127.0.0.1:3977";
mkdirSync(out, { recursive: true });
const SIZES = { phone: [390, 844], small: [360, 640, true], wide: [1280, 800] };
const [width, height, large] = SIZES[size];
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
const contexts = new Map();
async function of(who) {
  if (contexts.has(who)) return contexts.get(who);
  const context = await browser.newContext({ viewport: { width, height }, locale: "zh-CN", timezoneId: "Asia/Shanghai", reducedMotion: "reduce" });
  if (large) await context.addInitScript(() => localStorage.setItem("xiangdan-large-text", "1"));
  const page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && console.log(who, m.text().slice(0, 300)));
  page.on("pageerror", (e) => console.log(who, String(e).slice(0, 300)));
  await page.goto(base);
  if (who !== "nobody") {
    await page.getByRole("textbox", { name: "手机号" }).fill(`199000000${who}`);
    await page.getByRole("textbox", { name: "密码" }).fill("xiangdan-demo");
    await page.getByRole("button", { name: "登录" }).click();
    await page.getByTestId("sync-line").waitFor();
    await page.locator("[data-testid=sync-line][data-state=on]").waitFor({ timeout: 60000 });
  }
  contexts.set(who, page);
  return page;
}
for (const spec of pages) {
  const [who, path, name, ...clicks] = spec.split("|");
  const page = await of(who);
  try {
    await page.goto(base + path);
    if (who !== "nobody") await page.getByTestId("sync-line").waitFor();
    await page.waitForTimeout(1500);
    for (const click of clicks) { await page.getByText(click).first().click(); await page.waitForTimeout(700); }
    await page.screenshot({ path: `${out}/${name}-${size}.png`, fullPage: !clicks.includes("!") });
    const over = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    const little = await page.evaluate(() => [...document.querySelectorAll("a,button,input,select")].filter((e) => { const r = e.getBoundingClientRect(); return r.width && r.height && r.height < 43 && !e.closest("nav") && getComputedStyle(e).position !== "absolute" && e.type !== "radio" && e.type !== "checkbox"; }).map((e) => `${e.tagName}:${e.textContent.slice(0, 12)}:${Math.round(e.getBoundingClientRect().height)}`));
    console.log(name, page.url().replace(base, ""), over > 0 ? `OVERFLOW ${over}` : "", little.join(" "));
  } catch (e) { console.log(name, "FAILED", String(e).slice(0, 400)); await page.screenshot({ path: `${out}/${name}-${size}-failed.png` }); }
}
await browser.close();
