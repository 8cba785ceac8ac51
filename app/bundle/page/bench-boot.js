// Gives the engine the names that the peers' runner calls (their README says what each must do).
// Warms up: the browser starts its storage process while the program still loads.
indexedDB.databases?.().catch(() => {});

const engine = await import("./bench.js");
await engine.default({ module_or_path: "bench_bg.wasm" });

const query = async ({ county, status, limit }) => JSON.parse(await engine.query(county, status, limit));

// Cold start: the list is asked for at once, before anything else.
const county = new URLSearchParams(location.search).get("list");
if (county) {
  query({ county, status: "open", limit: 20 }).then(
    (rows) => { window.listReady = { t: performance.now(), ids: rows.map((row) => row.id) }; },
    (error) => { window.listReady = { error: String(error?.stack ?? error) }; },
  );
}

window.bench = {
  name: "xiangdan",
  open: () => engine.open(),
  sync: () => engine.sync(),
  catchUp: () => engine.sync(),
  write: (doc) => engine.post(JSON.stringify([doc])),
  queue: (docs) => engine.post(JSON.stringify(docs)),
  push: () => engine.push(),
  query,
  count: () => engine.count(),
  // The peers have no such function: the search that the library's page runs at each key.
  async search(text) {
    const [found, lines] = await engine.search(text);
    return { found, rows: JSON.parse(lines) };
  },
};
