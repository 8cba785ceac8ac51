// The peers' workloads on our page alone, for where the peers are missing. Same steps, fewer precautions: one browser
// profile and one server per run, so the numbers are not those of the table beside the peers.
import { withFolder } from './machine.mjs';
import { ownDocuments } from './docs.mjs';
import { openList, openPage, percentile, startServer, withBrowser } from './session.mjs';
import fs from 'node:fs';

const NEEDS = 10_000;

async function once(bin, folder, docs) {
  const all = JSON.parse(fs.readFileSync(docs, 'utf8'));
  const fresh = (from, count) => all.slice(0, count).map((doc, i) => ({ ...doc, id: `${doc.id.slice(0, 24)}${(from + i).toString(16).padStart(12, '0')}` }));
  const counties = [...new Set(all.filter((doc) => doc.status === 'open').map((doc) => doc.county))].slice(0, 120);
  const server = await startServer(bin, folder, docs, NEEDS);
  const out = {};
  try {
    await withBrowser(folder, async (page) => {
      await openPage(page);
      out['B1-10000'] = await page.evaluate(async (n) => { const t = performance.now(); await window.bench.sync(); const ms = performance.now() - t; if (await window.bench.count() !== n) throw new Error('not all came'); return ms; }, NEEDS);
      await page.waitForTimeout(1500);
    });
    await withBrowser(folder, async (page) => {
      out.B6 = (await openList(page, counties[5])).t;
      out.B7 = percentile(await page.evaluate(async (cs) => { const ms = []; for (const county of cs) { const t = performance.now(); await window.bench.query({ county, status: 'open', limit: 20 }); ms.push(performance.now() - t); } return ms; }, counties), 0.5);
      await server.control('change?count=100');
      out.B2 = await page.evaluate(async () => { const t = performance.now(); const n = await window.bench.catchUp(); if (n !== 100) throw new Error(`${n} changes`); return performance.now() - t; });
      const writes = await page.evaluate(async (docs) => { const ms = []; for (const doc of docs) { const t = performance.now(); await window.bench.write(doc); ms.push(performance.now() - t); } return ms.slice(5); }, fresh(2e6, 205));
      out['B4-strict'] = percentile(writes, 0.5);
      await page.evaluate(() => window.bench.push());
      await page.evaluate((docs) => window.bench.queue(docs), fresh(3e6, 500));
      out.B5 = await page.evaluate(async () => { const t = performance.now(); await window.bench.push(); return performance.now() - t; });
    });
  } finally {
    await server.stop();
  }
  return out;
}

export async function measureOurselves(bin, options) {
  const runs = [];
  for (let run = 0; run <= options.runs; run++) {
    const one = await withFolder((folder) => once(bin, folder, ownDocuments(folder, NEEDS)));
    if (run > 0) runs.push(one); // the first one warms up
  }
  return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, { median_ms: percentile(runs.map((r) => r[key]), 0.5), samples_ms: runs.map((r) => r[key]) }]));
}
