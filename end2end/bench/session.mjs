// A server with the bench page and a browser with a profile on disk.
import path from 'node:path';
import { spawn } from 'node:child_process';
import { chromium } from 'playwright-core';
import { CHROMIUM, FLAGS } from './machine.mjs';

/** The same port always: what a browser stores belongs to host and port. */
const PORT = 47181;

/** Starts a server on a new folder and fills it with the first `count` documents of a file. */
export async function startServer(bin, folder, docs, count) {
  const child = spawn(bin.server, ['serve', '--addr', `127.0.0.1:${PORT}`, '--data', path.join(folder, 'data')], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, XIANGDAN_BENCH_DOCS: docs, XIANGDAN_SITE: bin.site, RUST_LOG: 'error' },
  });
  await new Promise((done, fail) => {
    child.stdout.once('data', done);
    child.once('exit', (code) => fail(new Error(`the server ended with ${code}`)));
  });
  const control = async (what, method = 'POST') => {
    const response = await fetch(`http://127.0.0.1:${PORT}/bench-ctl/${what}`, { method });
    const text = await response.text();
    if (!response.ok) throw new Error(`${what}: ${text}`);
    return text;
  };
  await control(`reset?n=${count}`);
  const stop = () => new Promise((done) => { child.removeAllListeners('exit'); child.once('exit', done); child.kill('SIGTERM'); });
  return { control, stop };
}

/** A browser process on this profile; ends with `work`. */
export async function withBrowser(folder, work) {
  const context = await chromium.launchPersistentContext(path.join(folder, 'profile'), { executablePath: CHROMIUM, args: FLAGS, headless: true });
  try {
    return await work(context.pages()[0] ?? (await context.newPage()));
  } finally {
    await context.close();
  }
}

/** Opens the page and its store. */
export async function openPage(page) {
  await page.goto(`http://127.0.0.1:${PORT}/bench.html`);
  await page.waitForFunction(() => window.bench);
  await page.evaluate(() => window.bench.open());
}

/** Opens the page straight into a list: milliseconds from the start of the navigation. */
export async function openList(page, county) {
  await page.goto(`http://127.0.0.1:${PORT}/bench.html?list=${county}`, { waitUntil: 'commit' });
  const ready = await (await page.waitForFunction(() => window.listReady)).jsonValue();
  if (ready.error) throw new Error(ready.error);
  return ready;
}

/** The value below which a share of all lies. */
export function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}
