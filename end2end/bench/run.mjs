// The measurements of docs/BENCHMARKS.md: one table, ratios within one run, and JSON.
//
//   make bench                                all of it, about 30 minutes on two cores
//   make bench BENCH="--quick"                two runs of each, to see that it works
//   make bench BENCH="--write"                and puts the tables into docs/BENCHMARKS.md
//   make bench BENCH="--only browser --peers rxdb,dexie --work B1,B5 --runs 3"
//
// Options: --runs N (7), --peers a,b (of the peers' README), --work B1,B2,… , --sizes 1000,10000 (of B1), --only
// browser|search|server|questions, --needs N (1000000, of the questions), --quick, --write.
//
// How to read it. Every number is a median, milliseconds unless it says otherwise; less is better, but for rates. A column
// "ours / x" divides our median by that of x measured in the same run: below 1 means that ours is quicker. Numbers of
// different runs or machines must not be compared, ratios with care. Every run of the browser part has a browser, a profile
// on disk and a server of its own; contenders take turns. Raw samples are in end2end/bench/out.
//
// The peers (PouchDB, RxDB, Dexie, raw IndexedDB) and their runner lie in ../shared/bench/peers beside the project, or where
// XIANGDAN_PEERS says. Where they are missing only our own numbers are taken, by own.mjs, and nothing is compared.
import fs from 'node:fs';
import os from 'node:os';
import { execFileSync } from 'node:child_process';
import { browserGoals, browserTable, goalTable, ownTable, questionsGoals, questionsTable, searchGoal, serverGoals, serverTable } from './tables.mjs';
import { CHROMIUM, OUT, binaries } from './machine.mjs';
import { findPeers, measureBesidePeers } from './peers.mjs';
import { measureOurselves } from './own.mjs';
import { measureSearch } from './search.mjs';
import { measureQuestions, measureServer } from './server.mjs';
import { writeInto } from './write.mjs';

const argv = process.argv.slice(2);
const has = (name) => argv.includes(`--${name}`);
const option = (name, otherwise) => (has(name) ? argv[argv.indexOf(`--${name}`) + 1] : otherwise);

const quick = has('quick');
const options = {
  runs: +option('runs', quick ? 2 : 7),
  peers: option('peers', 'pouchdb-idb,rxdb,dexie,idb-chunks'),
  work: option('work', 'B1,B2,B4,B5,B6,B7'),
  sizes: option('sizes', '10000'),
  seconds: quick ? 1 : 3,
  serverRuns: quick ? 2 : 5,
  needs: +option('needs', quick ? 50_000 : 1_000_000),
};
const only = option('only', 'all');
const wanted = (part) => only === 'all' || only === part;

const say = (words) => console.error(`bench: ${words}`);

const bin = binaries();
fs.mkdirSync(OUT, { recursive: true });
const result = { when: new Date().toISOString(), machine: machine(), options, goals: [] };
const parts = [];

const peers = findPeers();
if (wanted('browser')) {
  if (peers) {
    say(`beside ${options.peers}, ${options.runs} runs of each after one to warm up`);
    result.browser = await measureBesidePeers(peers, bin, options);
    parts.push(browserTable(result.browser));
    result.goals.push(...browserGoals(result.browser));
  } else {
    say('the peers are missing (../shared/bench/peers or XIANGDAN_PEERS): only our own numbers, nothing to compare them with');
    result.own = await measureOurselves(bin, options);
    parts.push(ownTable(result.own));
  }
}
keep();
if (wanted('search')) {
  say('search while typing');
  result.search = await measureSearch(bin, quick ? 2 : 5);
  result.goals.push(searchGoal(result.search));
}
keep();
if (wanted('server')) {
  say('the server under load');
  result.server = await measureServer(bin, options);
  parts.push(serverTable(result.server));
  result.goals.push(...serverGoals(result.server));
}
keep();
if (wanted('questions')) {
  say(`questions over ${options.needs} needs`);
  result.questions = await measureQuestions(bin, options.needs);
  parts.push(questionsTable(result.questions));
  result.goals.push(...questionsGoals(result.questions));
}
const report = keep();
console.log(`\n${report}\n`);
say(`JSON and raw samples are in ${OUT}`);
if (has('write')) say(`the tables are in ${writeInto(report)}`);
process.exit(0);

/** Leaves what is measured so far in OUT, so that a run that is ended early has not been for nothing. */
function keep() {
  const heading = `Measured ${result.when.slice(0, 10)}: ${result.machine}. ${quick ? 'A quick run: too few samples to quote. ' : ''}Medians of ${options.runs} runs.`;
  const report = [heading, ...parts, goalTable(result.goals)].join('\n\n');
  fs.writeFileSync(`${OUT}/results.json`, JSON.stringify(result, null, 1));
  fs.writeFileSync(`${OUT}/results.md`, `${report}\n`);
  return report;
}

function machine() {
  const cpu = `${os.cpus().length} cores (${os.cpus()[0].model.trim()}), ${Math.round(os.totalmem() / 2 ** 30)} GiB`;
  const browser = execFileSync(CHROMIUM, ['--version'], { stdio: ['ignore', 'pipe', 'ignore'] }).toString().trim();
  return `${cpu}, ${browser.replace(/ built on .*/, '')}, Node ${process.version}, loopback, load average at the start ${os.loadavg()[0].toFixed(1)}`;
}
