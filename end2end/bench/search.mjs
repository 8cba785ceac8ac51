// Search while typing: on a device with 10,000 needs, words are typed character by character; each sample is one key, until
// the needs that fit are found, ordered and counted and the lines on the screen are in the page's hands. Drawing them is
// not in it.
import { withFolder } from './machine.mjs';
import { documents as peersDocuments, findPeers } from './peers.mjs';
import { ownDocuments } from './docs.mjs';
import { openPage, percentile, startServer, withBrowser } from './session.mjs';

const NEEDS = 10_000;
/** What people look for: things, places, an organization, two words at once, something that is not there. */
const WORDS = ['太阳能路灯', '饮水管道更换', '卫生室冷藏柜', '稻谷烘干机', '危桥加固', '学生午餐补助', '油茶苗', '凤凰县', '通道侗族自治县', '星火助农志愿服务协会', '湘西 道路', '桑植 灌溉水渠', '独居老人冬衣', '直播设备'];

export function measureSearch(bin, rounds) {
  return withFolder(async (folder) => {
    const peers = findPeers();
    const docs = peers ? await peersDocuments(peers, NEEDS) : ownDocuments(folder, NEEDS);
    const server = await startServer(bin, folder, docs, NEEDS);
    try {
      await withBrowser(folder, async (page) => {
        await openPage(page);
        await page.evaluate(() => window.bench.sync());
      });
      // A new process, so that nothing is warm but what opening makes warm.
      return await withBrowser(folder, async (page) => {
        await openPage(page);
        const samples = await page.evaluate(async ({ words, rounds }) => {
          const out = [];
          for (let round = 0; round < rounds; round++)
            for (const word of words) {
              const characters = [...word];
              for (let n = 1; n <= characters.length; n++) {
                const text = characters.slice(0, n).join('');
                await new Promise((next) => setTimeout(next, 5));
                const start = performance.now();
                const { found, rows } = await window.bench.search(text);
                out.push({ text, ms: performance.now() - start, found, rows: rows.length });
              }
            }
          return out;
        }, { words: WORDS, rounds });
        const wrong = samples.find((s) => s.rows !== Math.min(20, s.found));
        if (wrong || !samples.some((s) => s.found > 20)) throw new Error(`a search answered wrongly: ${JSON.stringify(wrong)}`);
        const ms = samples.map((s) => s.ms);
        return { needs: NEEDS, keys: ms.length, first_key_ms: ms[0], p50_ms: percentile(ms, 0.5), p95_ms: percentile(ms, 0.95), max_ms: Math.max(...ms), slowest: samples.reduce((a, b) => (a.ms > b.ms ? a : b)).text };
      });
    } finally {
      await server.stop();
    }
  });
}
