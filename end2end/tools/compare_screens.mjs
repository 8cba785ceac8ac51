// What differs between two folders of screens.mjs: words, fields, what a screen reader finds, elements, sizes, pixels.
import { chromium as engine } from "@playwright/test";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { chromium } from "./demo_server.mjs";

/** Times, dates and identifiers differ between two runs without anything having changed. */
const PASSING = [
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "‹id›"],
  [/\d{4}-\d{2}-\d{2}/g, "‹day›"],
  [/(\d{4} ?年 ?)?\d{1,2} ?月 ?\d{1,2} ?日/g, "‹day›"],
  [/(今天|昨天|前天|明天|后天)/g, "‹day›"],
  [/(周|星期)[一二三四五六日天]/g, "‹day›"],
  [/\d{1,2}:\d{2}/g, "‹time›"],
  [/(刚刚|\d+ ?(秒|分钟|小时|天)(之?前)?)/g, "‹while›"],
  [/[\d.,]+ ?(字节|B|kB|KB|MB|GB|千字节|兆)/g, "‹bytes›"],
  [/\b[0-9a-f]{12,40}\b/g, "‹build›"],
];
const still = (line) => PASSING.reduce((line, [what, name]) => line.replace(what, name), line);

/** Prints what differs; the exit code is 1 if anything but pixels does. */
export async function compare(before, after) {
  const names = (folder) => readdirSync(folder).filter((name) => name.endsWith(".json")).map((name) => name.slice(0, -5));
  const [old, now] = [names(before), names(after)];
  const all = [...new Set([...old, ...now])].sort();
  const browser = await engine.launch({ executablePath: chromium, args: ["--no-sandbox", "--disable-gpu"] });
  const page = await browser.newPage();
  let differing = 0;
  let painted = 0;
  for (const name of all) {
    if (!old.includes(name) || !now.includes(name)) {
      console.log(`\n## ${name}: only ${old.includes(name) ? "before" : "after"}`);
      differing += 1;
      continue;
    }
    const read = (folder) => JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8"));
    const [a, b] = [read(before), read(after)];
    const words = [
      ...lines("title", [a.title], [b.title]),
      ...lines("address", [a.address], [b.address]),
      ...lines("text", a.text, b.text),
      ...lines("field", a.fields, b.fields),
      ...lines("focus", [a.focus], [b.focus]),
      ...lines("role", a.roles, b.roles),
      ...lines("elements", counts(a.tags), counts(b.tags)),
      ...lines("size", counts(a.size), counts(b.size)),
    ];
    const pixels = await difference(page, join(before, `${name}.png`), join(after, `${name}.png`));
    if (words.length || pixels) console.log(`\n## ${name}`);
    for (const line of words) console.log(line);
    if (pixels) console.log(`  pixels: ${pixels}`);
    differing += words.length ? 1 : 0;
    painted += pixels ? 1 : 0;
  }
  await browser.close();
  console.log(`\n${all.length} pages, ${differing} differ in words or elements, ${painted} in pixels`);
  return differing ? 1 : 0;
}

const counts = (object) => Object.entries(object).map(([name, count]) => `${name}: ${count}`);

/** The lines that are only on one side, in order: the longest common part is left out. */
function lines(what, before, after) {
  const [a, b] = [before.map(still), after.map(still)];
  const common = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const out = [];
  let [i, j] = [0, 0];
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && common[i + 1][j] >= common[i][j + 1])) {
      out.push(`  - ${what}: ${before[i]}`);
      i += 1;
    } else {
      out.push(`  + ${what}: ${after[j]}`);
      j += 1;
    }
  }
  return out;
}

/** How much of two pictures differs and where, in words, or nothing. */
async function difference(page, before, after) {
  if (!existsSync(before) || !existsSync(after)) return "a picture is missing";
  const [a, b] = [before, after].map((file) => readFileSync(file));
  if (a.equals(b)) return "";
  const found = await page.evaluate(async (urls) => {
    const [a, b] = await Promise.all(urls.map(async (url) => {
      const picture = await createImageBitmap(await (await fetch(url)).blob());
      const context = new OffscreenCanvas(picture.width, picture.height).getContext("2d");
      context.drawImage(picture, 0, 0);
      return context.getImageData(0, 0, picture.width, picture.height);
    }));
    if (a.width !== b.width || a.height !== b.height) return { sizes: `${a.width}x${a.height}, then ${b.width}x${b.height}` };
    let [left, top, right, bottom, differ] = [a.width, a.height, -1, -1, 0];
    for (let at = 0; at < a.data.length; at += 4) {
      // What no eye sees is no difference.
      if ([0, 1, 2].every((channel) => Math.abs(a.data[at + channel] - b.data[at + channel]) < 8)) continue;
      const [x, y] = [(at / 4) % a.width, Math.floor(at / 4 / a.width)];
      [left, top, right, bottom] = [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
      differ += 1;
    }
    return { share: differ / (a.width * a.height), left, top, right, bottom };
  }, [a, b].map((png) => `data:image/png;base64,${png.toString("base64")}`));
  if (found.sizes) return `sizes differ: ${found.sizes}`;
  // A few pixels at the edge of a rounded corner are drawn a little differently each time.
  if (found.share < 0.0001) return "";
  return `${(found.share * 100).toFixed(2)} % differ, within (${found.left}, ${found.top}) to (${found.right}, ${found.bottom})`;
}
