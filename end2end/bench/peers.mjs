// Our page as one more contender of the peers' runner.
import fs from 'node:fs';
import path from 'node:path';
import { spawn } from 'node:child_process';
import { OUT, PEERS_TMP, ROOT, withFolder } from './machine.mjs';

const PORT = 47180;
export const OURS = 'xiangdan';

/** The peers' folder, or nothing. */
export function findPeers() {
  const folder = process.env.XIANGDAN_PEERS || path.join(ROOT, '../shared/bench/peers');
  return fs.existsSync(path.join(folder, 'run.mjs')) ? path.resolve(folder) : null;
}

function run(command, args, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', 2, 2], env: { ...process.env, PEERS_TMP, ...env } });
    child.on('error', fail);
    child.on('exit', (code) => (code ? fail(new Error(`${command} ${args[0]} ended with ${code}`)) : done()));
  });
}

/** Installs the peers' packages unless these very ones are there. */
async function install(peers) {
  const here = path.join(PEERS_TMP, 'package.json');
  const same = fs.existsSync(here) && fs.readFileSync(here, 'utf8') === fs.readFileSync(path.join(peers, 'package.json'), 'utf8');
  if (!same || !fs.existsSync(path.join(PEERS_TMP, 'node_modules'))) await run('sh', [path.join(peers, 'setup.sh')]);
}

/** The documents of their generator as a file, for our server. */
export async function documents(peers, count) {
  await install(peers);
  const file = path.join(PEERS_TMP, 'data', `xiangdan-${count}.json`);
  if (!fs.existsSync(file)) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await run('node', [path.join(peers, 'gen.mjs'), '--n', String(count), '--out', file]);
  }
  return file;
}

/** All contenders in one run; medians by workload and contender. */
export function measureBesidePeers(peers, bin, options) {
  return withFolder(async (folder) => {
    const docs = await documents(peers, Math.max(10_000, ...options.sizes.split(',').map(Number)));
    const contender = path.join(folder, 'xiangdan.json');
    // The runner gives each session a folder of its own and ends the server's process group.
    const start = `exec "${bin.server}" serve --addr 127.0.0.1:${PORT} --data "$BENCH_DIR/data"`;
    fs.writeFileSync(contender, JSON.stringify({ name: OURS, url: `http://127.0.0.1:${PORT}/bench.html`, start }));
    const raw = path.join(OUT, 'raw.jsonl');
    await run('node', [
      path.join(peers, 'run.mjs'), '--fresh', '--peers', options.peers, '--contender', contender, '--work', options.work,
      '--sizes', options.sizes, '--runs', String(options.runs), '--raw', raw, '--out', folder,
    ], { XIANGDAN_BENCH_DOCS: docs, XIANGDAN_SITE: bin.site, RUST_LOG: 'error' });
    const { cells, metas, cpu_busy_before_session } = JSON.parse(fs.readFileSync(path.join(folder, 'results.json'), 'utf8'));
    return { cells, versions: metas.at(-1).versions, othersCpu: cpu_busy_before_session };
  });
}
