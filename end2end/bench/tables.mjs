// What was measured, as tables, and which goals it reaches.
import { OURS } from './peers.mjs';

const NAMES = {
  'B2': '100 changes after 10,000', 'B4': 'one local write, relaxed for the peers', 'B4-strict': 'one local write, strict',
  'B5': '500 offline writes pushed', 'B6': 'cold start to the first list', 'B7': 'warm query', 'prepare': 'building an index after the first sync, once',
};
const nameOf = (key) => NAMES[key] ?? key.replace(/^B1-(\d+)$/, (_, n) => `first sync of ${(+n).toLocaleString('en')} needs`);

/** Three digits that mean something. */
export function ms(value) {
  if (value === undefined) return '–';
  if (value >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2)} ms`;
}
const times = (value) => (value === undefined || Number.isNaN(value) ? '–' : value.toFixed(2));
const rate = (value) => Math.round(value).toLocaleString('en');
const row = (cells) => `| ${cells.join(' | ')} |`;
const table = (head, rows) => [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');

/** Our number beside everybody's, with the ratios. */
export function browserTable({ cells }) {
  const keys = Object.keys(cells).filter((key) => key !== 'prepare' || cells[key]);
  const peers = [...new Set(keys.flatMap((key) => Object.keys(cells[key])))].filter((name) => name !== OURS);
  const number = (cell) => {
    if (!cell) return '–';
    if (!cell.runs) return `failed ×${cell.failures}`;
    const p95 = cell.p95 === undefined ? '' : ` (p95 ${ms(cell.p95)})`;
    return `${ms(cell.median_ms)}${p95}${cell.failures ? `, failed ×${cell.failures}` : ''}`;
  };
  const rows = keys.map((key) => {
    const ours = cells[key][OURS];
    const ratios = peers.map((peer) => times(ours?.median_ms / cells[key][peer]?.median_ms));
    return [nameOf(key), `**${number(ours)}**`, ...peers.map((peer) => number(cells[key][peer])), ...(key === 'prepare' ? peers.map(() => '–') : ratios)];
  });
  return table(['', 'ours', ...peers, ...peers.map((peer) => `ours / ${peer}`)], rows);
}

/** Our numbers alone. */
export function ownTable(own) {
  return table(['', 'ours, measured alone'], Object.entries(own).map(([key, cell]) => [nameOf(key), ms(cell.median_ms)]));
}

export function serverTable({ mutations, exchanges, memory }) {
  const mib = (value) => `${value} MiB`;
  return table(['the server', 'ours', 'yardstick', 'ours / yardstick'], [
    ['durable mutations per second, 50 devices at once', rate(mutations.group_commit), `${rate(mutations.one_commit_per_mutation)}, one commit for each`, times(mutations.ratio)],
    ['exchanges without changes per second', rate(exchanges.exchange), `${rate(exchanges.axum_constant)}, axum answering a constant`, times(exchanges.ratio)],
    [`memory: started with ${rate(memory.needs)} needs`, mib(memory.started), '', ''],
    ['memory: after one device has read all of them', mib(memory.after_one_full_sync), '', ''],
    [`memory: and ${memory.listeners} devices listening`, `${mib(memory.with_listeners)}, ${memory.kib_per_listener.toFixed(1)} KiB each`, '', ''],
  ]);
}

/** A line for each question, columns for each database. */
export function questionsTable(databases) {
  const cells = ({ p50_ms, p95_ms }) => [ms(p50_ms), ms(p95_ms)];
  const head = [`questions over ${rate(databases[0].needs)} needs`, ...databases.flatMap(({ database }) => [`${database} p50`, 'p95'])];
  return table(head, databases[0].questions.map(({ question }, n) => [question, ...databases.flatMap(({ questions }) => cells(questions[n]))]));
}

/** The first pages and the searches for two characters; the slow case is shown and is no goal. */
export function questionsGoals(databases) {
  return databases.flatMap(({ database, needs, questions }) => [['first page', /^first page/], ['two characters', /^two characters/]].map(([what, pattern]) => {
    const slowest = Math.max(...questions.filter(({ question }) => pattern.test(question)).map(({ p95_ms }) => p95_ms));
    return atMost(`${what}, ${rate(needs)} needs, ${database}`, 'p95 ≤ 50 ms', slowest, 50, `p95 ${ms(slowest)}, the slowest of them`);
  }));
}

const atMost = (what, wanted, got, limit, text) => ({ what, wanted, got: text, met: got <= limit });

/** The goals beside the peers that were measured. */
export function browserGoals({ cells }) {
  const goal = (key, peer, factor, what, wanted) => {
    const [ours, theirs] = [cells[key]?.[OURS]?.median_ms, cells[key]?.[peer]?.median_ms];
    if (ours === undefined || theirs === undefined) return [];
    return [atMost(what, wanted, ours, factor * theirs, `${times(ours / theirs)} × (${ms(ours)} against ${ms(theirs)})`)];
  };
  return [
    ...goal('B1-10000', 'idb-chunks', 2, 'first sync of 10,000', '≤ 2 × raw chunks'),
    ...goal('B2', 'dexie', 1, '100 changes', 'ahead of Dexie'),
    ...goal('B4-strict', 'dexie', 1, 'local write, strict', 'ahead of Dexie'),
    ...goal('B7', 'dexie', 1, 'warm query', 'ahead of Dexie'),
    ...goal('B5', 'rxdb', 1, 'push of 500', 'ahead of RxDB'),
    ...goal('B6', 'rxdb', 1, 'cold start', 'ahead of RxDB'),
    ...goal('B6', 'dexie', 1, 'cold start', 'then ahead of Dexie'),
  ];
}

export function searchGoal(search) {
  return atMost(`search while typing over ${search.needs.toLocaleString('en')}`, 'p95 ≤ 16 ms', search.p95_ms, 16, `p95 ${ms(search.p95_ms)} (p50 ${ms(search.p50_ms)}, first key ${ms(search.first_key_ms)}, ${search.keys} keys)`);
}

export function serverGoals({ mutations, exchanges }) {
  const atLeast = (what, wanted, ratio, limit) => ({ what, wanted, got: `${times(ratio)} ×`, met: ratio >= limit });
  return [
    atLeast('durable mutations, 50 devices', '≥ 3 × one commit for each', mutations.ratio, 3),
    atLeast('exchanges without changes', '≥ 1/4 of a constant', exchanges.ratio, 0.25),
  ];
}

export function goalTable(goals) {
  return table(['goal', 'wanted', 'got', ''], goals.map((goal) => [goal.what, goal.wanted, goal.got, goal.met ? 'met' : '**missed**']));
}
