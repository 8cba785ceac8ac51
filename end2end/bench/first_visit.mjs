// The first visit on an old phone with a poor line, and the second one without any.
//
//   node end2end/bench/first_visit.mjs SERVER [--data FOLDER] [--runs 3] [--kbits 400] [--latency 400] [--cpu 4] [--who village,county] [--out PREFIX]
//
// SERVER is a release binary with its site inside; FOLDER holds the data that each run gets a copy of, otherwise the
// demonstration that this binary makes. Prints a table and JSON, and with --out writes PREFIX.md and PREFIX.json.
//
// Each run has a server, a line (line.mjs: 400 kbit/s each way for everything together, 400 ms for a round trip) and a
// browser profile of its own. The page's main thread is slowed down four times by the browser. That does not slow down
// other threads: those that compile WebAssembly while it arrives, and the service worker's, which checks what it keeps.
//
// What is measured, from the start of the navigation unless it says otherwise; each moment is the end of the frame that shows it:
// - sign-in usable: the program runs (the static skeleton is gone) and the form's fields and button can be used. That they
//   work is proved by using them.
// - typing: number and password are typed key by key, evenly over 4 seconds. The page goes on loading meanwhile, and the
//   service worker begins to keep the site.
// - home usable: title, navigation and the line about sync are there. Home's content: the first need on home. Both from
//   pressing the button, and for the content from the start of the navigation, with and without the time of typing.
// - everything read: what this person may see is on the device. Works offline: the service worker holds the site.
// - second visit: a new browser process on the same profile, the server and the line gone; until home's content. The
//   median of three in each run: unlike the first visit it depends on the processor alone, so on how busy the machine is.
// - bytes: what the line carried towards the browser until then, heads of answers included. The list of files is
//   what the browser says of each answer: its head and body as they came over the line.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { execFileSync } from 'node:child_process';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './machine.mjs';
import { now, openLine } from './line.mjs';
import { percentile } from './session.mjs';
import { demoData, password, startServer } from '../tools/demo_server.mjs';

const PEOPLE = [
  { who: 'village', phone: '19900000001', content: '[data-testid=need-card]' },
  { who: 'organization', phone: '19900000003', content: '[data-testid=library-row]' },
  { who: 'county', phone: '19900000006', content: '.pick' },
];
/** How long somebody types. */
const TYPING_MS = 4000;
/** The second visit is short and depends on how busy the machine is: it is made so often in each run. */
const SECOND_VISITS = 3;
/** Longer than anything may take. */
const PATIENCE_MS = 120_000;

const argv = process.argv.slice(2);
const option = (name, otherwise) => (argv.includes(`--${name}`) ? argv[argv.indexOf(`--${name}`) + 1] : otherwise);
const binary = argv[0];
if (!binary || binary.startsWith('--')) {
  console.error('usage: first_visit.mjs SERVER [--data FOLDER] [--runs 3] [--kbits 400] [--latency 400] [--cpu 4] [--who village,county] [--out PREFIX]');
  process.exit(2);
}
const options = {
  runs: Number(option('runs', 3)),
  kbits: Number(option('kbits', 400)),
  latency: Number(option('latency', 400)),
  cpu: Number(option('cpu', 4)),
};
const chosen = option('who')?.split(',');
const people = PEOPLE.filter(({ who }) => !chosen || chosen.includes(who));
const data = option('data') ?? demoData(binary);

/** In the page: tells when something is there for the first time, once the frame that shows it is done. */
function watch(content) {
  if (location.protocol === 'about:') return;
  const told = new Set();
  const there = (selector) => [...document.querySelectorAll(selector)].some((element) => element.getClientRects().length && element.textContent.trim());
  const line = () => document.querySelector('[data-testid=sync-line]');
  const field = (name) => document.querySelector(`input[name=${name}]:enabled`)?.getClientRects().length;
  const moments = {
    form: () => field('phone') && field('password') && there('form button[type=submit]:enabled'),
    shell: () => there('header.top h1') && there('[data-testid=sync-line]') && document.documentElement.hasAttribute('data-ready'),
    content: () => line() && there(content),
    synced: () => line()?.dataset.state === 'on',
  };
  const say = (name, at) => window.reached(name, performance.timeOrigin + at);
  const look = () => {
    if (document.getElementById('boot')) return;
    for (const [name, isThere] of Object.entries(moments)) {
      if (told.has(name) || !isThere()) continue;
      told.add(name);
      requestAnimationFrame(() => {
        const { port1, port2 } = new MessageChannel();
        port1.onmessage = () => say(name, performance.now());
        port2.postMessage(null);
      });
    }
  };
  new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  addEventListener('click', (event) => event.target.closest('form button[type=submit]') && say('pressed', performance.now()), true);
  // The page itself says when every part is kept; a program without parts is kept once its worker is active.
  const parsed = new Promise((done) => addEventListener('DOMContentLoaded', done));
  Promise.all([navigator.serviceWorker.ready, parsed]).then(() => {
    const root = document.documentElement;
    const isKept = () => (root.dataset.offline ?? 'ready') === 'ready';
    if (isKept()) return say('kept', performance.now());
    const watch = new MutationObserver(() => {
      if (!isKept()) return;
      watch.disconnect();
      say('kept', performance.now());
    });
    watch.observe(root, { attributes: true, attributeFilter: ['data-offline'] });
  });
  say('start', 0);
}

/** Opens a browser process on a profile; `moment` waits for what the page tells. */
async function openBrowser(profile, content) {
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: CHROMIUM, args: FLAGS, handleSIGTERM: false, handleSIGHUP: false, headless: true, viewport: { width: 390, height: 844 }, hasTouch: true, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
  });
  const moments = new Map();
  const waiting = new Map();
  const faults = [];
  const underway = new Set();
  context.on('request', (request) => underway.add(request));
  for (const event of ['requestfinished', 'requestfailed']) context.on(event, (request) => underway.delete(request));
  context.on('weberror', (error) => faults.push(String(error.error().stack ?? error.error())));
  context.on('console', (said) => said.type() === 'error' && faults.push(`${said.text()} (${said.location().url})`));
  await context.exposeFunction('reached', (name, at) => {
    if (moments.has(name)) return;
    moments.set(name, at);
    waiting.get(name)?.(at);
  });
  await context.addInitScript(watch, content);
  const page = context.pages()[0] ?? (await context.newPage());
  const session = await context.newCDPSession(page);
  await session.send('Emulation.setCPUThrottlingRate', { rate: options.cpu });
  /** Why something may not have come, for whoever reads the failure. */
  const state = async () => {
    const asked = [...underway].map((request) => `${request.serviceWorker() ? 'service worker' : 'page'} ${request.url()}`);
    const text = await page.evaluate(() => document.body.innerText).catch(String);
    return `Moments: ${[...moments.keys()]}. Not answered yet: ${asked.join(', ')}. Errors: ${faults.join('; ')}. The page says: ${text}`;
  };
  let gone = '';
  const failing = new Set();
  const ended = (why) => {
    gone = why;
    for (const fail of failing) fail(new Error(why));
  };
  page.on('crash', () => ended('the page has crashed'));
  context.on('close', () => ended('the browser has gone'));
  const moment = (name) => {
    if (moments.has(name)) return moments.get(name);
    let patience;
    const reached = new Promise((done, fail) => {
      waiting.set(name, done);
      failing.add(fail);
      if (gone) fail(new Error(gone));
      patience = setTimeout(async () => fail(new Error(`"${name}" has not come. ${await state()}`)), PATIENCE_MS);
    });
    return reached.finally(() => clearTimeout(patience));
  };
  return { context, page, moment, faults };
}

/** Types a number and a password, each key at its time. */
async function signIn(page, phone, since) {
  const keys = [...phone].map((key) => ['phone', key]).concat([...password].map((key) => ['password', key]));
  for (const [at, [name, key]] of keys.entries()) {
    if (at === 0 || keys[at - 1][0] !== name) await page.focus(`input[name=${name}]`);
    await until(since + ((at + 1) * TYPING_MS) / keys.length);
    await page.keyboard.press(key);
  }
  await page.click('form button[type=submit]');
}

/** A hand that types keeps its pace. */
const until = (time) => new Promise((done) => setTimeout(done, Math.max(0, time - now())));

async function run({ who, phone, content }, folder) {
  const server = await startServer(binary, data);
  const line = await openLine({ port: server.port, kbits: options.kbits, latency: options.latency });
  const files = [];
  try {
    const first = await openBrowser(folder, content);
    const told = [];
    const asked = new Map();
    first.context.on('request', (request) => asked.set(request, now()));
    first.context.on('requestfinished', (request) => told.push(note(request, asked.get(request), now(), files)));
    await first.page.goto(`${line.url}/`, { waitUntil: 'commit', timeout: PATIENCE_MS });
    const form = await first.moment('form');
    await signIn(first.page, phone, form);
    const at = {};
    for (const name of ['start', 'pressed', 'shell', 'content', 'synced', 'kept']) at[name] = await first.moment(name);
    const held = await first.page.evaluate(async () => {
      const names = await caches.keys();
      const files = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).length));
      return files.reduce((sum, count) => sum + count, 0);
    });
    await Promise.all(told);
    await first.context.close();
    await server.stop();
    await line.close();

    const again = [];
    for (let visit = 0; visit < SECOND_VISITS; visit += 1) {
      const second = await openBrowser(folder, content);
      await second.page.goto(`${line.url}/`, { waitUntil: 'commit' });
      const start = await second.moment('start');
      again.push((await second.moment('content')) - start);
      const isControlled = await second.page.evaluate(() => !!navigator.serviceWorker.controller);
      if (!isControlled) throw new Error('the second visit was not answered by the service worker');
      await second.context.close();
      // Without a server the browser says so for each request.
      first.faults.push(...second.faults.filter((fault) => !fault.includes('ERR_CONNECTION_REFUSED')));
    }

    const bytes = (time) => line.down.carriedAt(time);
    const end = Math.max(at.content, at.synced, at.kept);
    return {
      who,
      sign_in_ms: form - at.start,
      typing_ms: at.pressed - form,
      press_to_home_ms: at.shell - at.pressed,
      press_to_content_ms: at.content - at.pressed,
      content_ms: at.content - at.start,
      content_without_typing_ms: at.content - at.start - (at.pressed - form),
      synced_ms: at.synced - at.start,
      kept_ms: at.kept - at.start,
      second_visit_ms: percentile(again, 0.5),
      second_visits_ms: again,
      bytes: { sign_in: bytes(form), pressed: bytes(at.pressed), content: bytes(at.content), all: bytes(end), sent: line.up.carriedAt(end) },
      files: files.map((file) => ({ ...file, from_ms: file.from_ms - at.start, to_ms: file.to_ms - at.start })).sort((a, b) => a.from_ms - b.from_ms),
      held,
      load: os.loadavg()[0],
      faults: first.faults,
    };
  } finally {
    await server.stop();
  }
}

/** Notes an answer that has come to its end; an open stream of hints never does. */
async function note(request, from_ms, to_ms, files) {
  const response = await request.response().catch(() => null);
  const sizes = response && (await request.sizes().catch(() => null));
  // An answer that the closing browser cut off is nobody's.
  if (!sizes) return;
  files.push({
    path: new URL(request.url()).pathname,
    by: request.serviceWorker() ? 'service worker' : 'page',
    status: response?.status(),
    bytes: response?.fromServiceWorker() ? 0 : sizes.responseHeadersSize + sizes.responseBodySize,
    from_ms,
    to_ms,
  });
}

const samples = [];
const load = os.loadavg()[0];
for (let number = 1; number <= options.runs; number += 1) {
  for (const person of people) {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'xiangdan-first-visit-'));
    try {
      const sample = await run(person, folder);
      samples.push({ run: number, ...sample });
      console.error(`first visit: run ${number}, ${person.who}: content after ${seconds(sample.content_ms)}, second visit ${seconds(sample.second_visit_ms)}`);
    } finally {
      fs.rmSync(folder, { recursive: true, force: true });
    }
  }
}

const median = (of) => people.map(({ who }) => percentile(samples.filter((sample) => sample.who === who).map(of), 0.5));
const spread = (of) => people.map(({ who }) => samples.filter((sample) => sample.who === who).map(of)).map((all) => [Math.min(...all), Math.max(...all)]);
function seconds(ms) {
  return `${(ms / 1000).toFixed(2)} s`;
}
const kB = (bytes) => `${(bytes / 1000).toFixed(1)} kB`;
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

const TIMES = [
  ['sign-in usable, empty cache', 'sign_in_ms'],
  ['typing', 'typing_ms'],
  ['pressing 登录 → home usable', 'press_to_home_ms'],
  ["pressing 登录 → home's content", 'press_to_content_ms'],
  ["**home's content, empty cache, with typing**", 'content_ms'],
  ["**home's content, empty cache, without typing**", 'content_without_typing_ms'],
  ['everything read', 'synced_ms'],
  ['works offline', 'kept_ms'],
  ["**second visit, no server → home's content**", 'second_visit_ms'],
];
const BYTES = [
  ['bytes until sign-in is usable', 'sign_in'],
  ['bytes until 登录 is pressed', 'pressed'],
  ["bytes until home's content", 'content'],
  ['bytes until all is read and kept', 'all'],
  ['bytes sent until then', 'sent'],
];
const names = people.map(({ who }) => who);
const times = table(['', ...names], TIMES.map(([name, key]) => {
  const ranges = spread((sample) => sample[key]);
  return [name, ...median((sample) => sample[key]).map((ms, at) => `${seconds(ms)} (${ranges[at].map((end) => (end / 1000).toFixed(2)).join('–')})`)];
}));
const bytes = table(['', ...names], BYTES.map(([name, key]) => [name, ...median((sample) => sample.bytes[key]).map(kB)]));
// The files of each person's first run; all runs are in the JSON.
const lists = people.map(({ who }) => {
  const { files } = samples.find((sample) => sample.who === who);
  const rows = files.map((file) => [file.path, file.status, file.by, kB(file.bytes), seconds(file.from_ms), seconds(file.to_ms)]);
  return `Files of the ${who}, run 1:\n\n${table(['file', 'status', 'asked by', 'over the line', 'asked', 'there'], rows)}`;
});
const browser = execFileSync(CHROMIUM, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim().replace(/ built on .*/, '');
const heading = `First visit: ${options.kbits} kbit/s each way, ${options.latency} ms for a round trip, main thread ${options.cpu} times slower. ` +
  `Medians of ${options.runs} runs (least–most). ${new Date().toISOString().slice(0, 10)}, ${browser}, ${os.cpus().length} cores, load average at the start ${load.toFixed(1)}.`;
const medians = Object.fromEntries(people.map(({ who }, at) => [who, {
  ...Object.fromEntries(TIMES.map(([, key]) => [key, Math.round(median((sample) => sample[key])[at])])),
  bytes: Object.fromEntries(BYTES.map(([, key]) => [key, median((sample) => sample.bytes[key])[at]])),
}]));
const report = `${[heading, times, bytes, ...lists].join('\n\n')}\n`;
const json = JSON.stringify({ when: new Date().toISOString(), server: path.resolve(binary), options, load, medians, samples }, null, 1);
console.log(`${report}\n${json}`);
const out = option('out');
if (out) {
  fs.writeFileSync(`${out}.md`, report);
  fs.writeFileSync(`${out}.json`, `${json}\n`);
}
const faults = samples.flatMap((sample) => sample.faults.map((fault) => `run ${sample.run}, ${sample.who}: ${fault}`));
for (const fault of faults) console.error(`first visit: ${fault}`);
process.exit(0);
