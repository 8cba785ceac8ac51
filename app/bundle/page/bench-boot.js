import start from "./bench.js";
await start({ module_or_path: "bench_bg.wasm" });
