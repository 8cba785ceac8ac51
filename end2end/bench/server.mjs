// The server under load: xiangdan-load prints one JSON object per line.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { withFolder } from './machine.mjs';

export function measureServer(bin, options) {
  return withFolder(async (folder) => {
    const args = ['--server', bin.server, '--folder', folder, '--seconds', String(options.seconds), '--runs', String(options.serverRuns)];
    const { stdout } = await promisify(execFile)(bin.load, args, { env: { ...process.env, RUST_LOG: 'error' } });
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    return Object.fromEntries(lines.map((line) => [line.bench.replace('server.', ''), line]));
  });
}
