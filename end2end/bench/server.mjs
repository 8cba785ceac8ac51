// The server under load: xiangdan-load prints one JSON object per line.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import path from 'node:path';
import { ROOT, withFolder } from './machine.mjs';

export function measureServer(bin, options) {
  return withFolder(async (folder) => {
    const args = ['--server', bin.server, '--folder', folder, '--seconds', String(options.seconds), '--runs', String(options.serverRuns)];
    const { stdout } = await promisify(execFile)(bin.load, args, { env: { ...process.env, RUST_LOG: 'error' } });
    const lines = stdout.trim().split('\n').map((line) => JSON.parse(line));
    return Object.fromEntries(lines.map((line) => [line.bench.replace('server.', ''), line]));
  });
}

/**
 * Pages and searches over very many needs, on SQLite and on a PostgreSQL cluster of its own: an object for each database. The cluster gets as
 * much memory as a machine for a province would give it; the tests' 64 MB hold neither the rows nor the index.
 */
export function measureQuestions(bin, needs) {
  return withFolder(async (folder) => {
    const args = [bin.load, '--folder', folder, 'questions', '--needs', String(needs)];
    const { stdout } = await promisify(execFile)(path.join(ROOT, 'app/bundle/postgres.sh'), args, { env: { ...process.env, RUST_LOG: 'error', XIANGDAN_TEST_BUFFERS: '2GB' }, maxBuffer: 2 ** 24 });
    return stdout.trim().split('\n').map((line) => JSON.parse(line));
  });
}
