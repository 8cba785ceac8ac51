// What a PIN costs a cold start: an organization that serves the whole province (the demonstration's needs), a new browser process for each
// start, with and without a PIN in turn, in one run. Says medians with their spread, and the ratio.
//
//   XIANGDAN_BINARY=target/release/xiangdan XIANGDAN_SITE=target/site node end2end/bench/pin.mjs [starts]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './machine.mjs';

const PORT = 47183;
const HOME = `http://127.0.0.1:${PORT}/`;
const PIN = '790214';
const PHONE = process.env.PHONE ?? '19900000003';
const PASSWORD = 'xiangdan-demo';
const starts = Number(process.argv[2] ?? 7);

const folder = mkdtempSync(path.join(os.tmpdir(), 'xiangdan-pin-'));
const binary = process.env.XIANGDAN_BINARY;
const run = (...args) => spawn(binary, [...args, '--data', path.join(folder, 'data')], { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, RUST_LOG: 'error' } });
await new Promise((done) => run('demo').once('exit', done));
const server = run('serve', '--addr', `127.0.0.1:${PORT}`);
await new Promise((done) => server.stdout.once('data', done));

async function withBrowser(profile, work) {
  const context = await chromium.launchPersistentContext(path.join(folder, profile), { executablePath: CHROMIUM, args: FLAGS, headless: true });
  try {
    return await work(context.pages()[0] ?? (await context.newPage()));
  } finally {
    await context.close();
  }
}

const rows = (page) => page.locator('main a[href^="/need/"], main a[href^="/needs/"]').first();

async function prepare(profile, withPin) {
  await withBrowser(profile, async (page) => {
    await page.goto(HOME);
    await page.getByRole('textbox', { name: '手机号' }).fill(PHONE);
    await page.getByRole('textbox', { name: '密码' }).or(page.getByLabel('密码')).first().fill(PASSWORD);
    await page.getByRole('button', { name: '登录' }).click();
    await rows(page).waitFor();
    await page.locator('[data-testid=sync-line][data-state=on]').waitFor();
    if (!withPin) return;
    await page.goto(`${HOME}settings`);
    await page.getByRole('button', { name: '设 PIN' }).click();
    const sheet = page.getByRole('dialog');
    await sheet.getByLabel('登录密码').fill(PASSWORD);
    await sheet.getByLabel('6 位 PIN').fill(PIN);
    await sheet.getByLabel('再写一遍').fill(PIN);
    const began = Date.now();
    await sheet.getByRole('button', { name: '设好' }).click();
    await page.getByText('已经设了 PIN').waitFor();
    console.log(`sealing everything: ${Date.now() - began} ms`);
  });
}

/** Milliseconds from the address to the first rows; with a PIN also from its last digit. */
function start(profile, withPin) {
  return withBrowser(profile, async (page) => {
    const began = performance.now();
    await page.goto(HOME, { waitUntil: 'commit' });
    let typed = began;
    if (withPin) {
      await page.getByLabel('请输入 6 位 PIN').fill(PIN);
      typed = performance.now();
    }
    await rows(page).waitFor();
    const now = performance.now();
    return { whole: now - began, typed: now - typed };
  });
}

const median = (all) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)];
const told = (all) => `${Math.round(median(all))} ms (${Math.round(Math.min(...all))}–${Math.round(Math.max(...all))})`;

try {
  await prepare('without', false);
  await prepare('with', true);
  const [without, sealed] = [[], []];
  for (let n = 0; n < starts; n += 1) {
    without.push(await start('without', false));
    sealed.push(await start('with', true));
  }
  const whole = (all) => all.map((one) => one.whole);
  console.log(`without a PIN: ${told(whole(without))}`);
  console.log(`with a PIN: ${told(whole(sealed))}, of it from the last digit ${told(sealed.map((one) => one.typed))}`);
  console.log(`ratio of the medians: ${(median(whole(sealed)) / median(whole(without))).toFixed(2)}`);
} finally {
  server.kill('SIGTERM');
  await new Promise((done) => server.once('exit', done));
  rmSync(folder, { recursive: true, force: true });
}
