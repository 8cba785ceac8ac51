// Where things lie on this machine.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Results, never committed. */
export const OUT = path.join(ROOT, 'end2end/bench/out');
/** The browser. */
export const CHROMIUM = process.env.CHROME || '/usr/bin/chromium';
/** Flags as in the peers' runner: nothing of the browser's own may use the network meanwhile. */
export const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];

const target = process.env.CARGO_TARGET_DIR ? path.resolve(ROOT, process.env.CARGO_TARGET_DIR) : path.join(ROOT, 'target');

/** The programs that `make bench` has built, and the page. */
export function binaries() {
  const folder = process.env.XIANGDAN_BENCH_BIN || path.join(target, 'bench-bin');
  const bin = { server: path.join(folder, 'xiangdan'), load: path.join(folder, 'xiangdan-load'), site: path.join(target, 'bench-site') };
  for (const file of [bin.server, bin.load, path.join(bin.site, 'bench_bg.wasm')]) {
    if (!fs.existsSync(file)) throw new Error(`${file} is missing: run make bench`);
  }
  return bin;
}

/** A new folder for the time of `work`. On the project's disk: its commits are what is measured. */
export async function withFolder(work) {
  fs.mkdirSync(target, { recursive: true });
  const folder = fs.mkdtempSync(path.join(target, 'bench-'));
  try {
    return await work(folder);
  } finally {
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Where the peers are installed: outside the project. */
export const PEERS_TMP = process.env.PEERS_TMP || path.join(os.tmpdir(), 'peers');
