// Loads the parts of the program that its core does not have. The bundler puts in their addresses, the parts that must run
// before each and, at the end, a function for each module: the program calls it with the index of the function to call
// back, and what to give it.
import { initSync } from "./glue.js";

const addresses = "{{parts}}";
const before = "{{before}}";
const loads = {};

// What came instead of a part.
class NotThePart extends Error {
  constructor(part, status) {
    super(`part ${part} was not loaded: ${status}`);
    this.part = part;
    this.status = status;
  }
}

async function compile(part) {
  const answer = await fetch(addresses[part]);
  const type = answer.headers.get("content-type") || "";
  // A captive portal, or a server that no longer has the file, may answer with a page.
  if (!answer.ok || type.includes("html")) throw new NotThePart(part, answer.status);
  // Safari compiles while it loads only since version 15, and no browser does when a proxy changed the type.
  if (WebAssembly.compileStreaming && type.startsWith("application/wasm")) return WebAssembly.compileStreaming(answer);
  return WebAssembly.compile(await answer.arrayBuffer());
}

async function open(part) {
  // All are fetched at once; this part runs when those before it have run.
  const earlier = before[part].map(load);
  // A module may be empty: everything it needs is in those.
  const module = part in addresses ? compile(part) : undefined;
  const [code] = await Promise.all([module, ...earlier]);
  // The glue has started already; then this gives what the core offers, which is what parts ask for.
  if (code) await WebAssembly.instantiate(code, { __wasm_split: initSync(undefined, undefined) });
}

// Each part once; but what failed is tried again when it is asked for again.
function load(part) {
  if (!loads[part]) {
    loads[part] = open(part);
    loads[part].catch(() => delete loads[part]);
  }
  return loads[part];
}

async function answer(part, callback, data) {
  let loaded = true;
  try {
    await load(part);
  } catch (error) {
    loaded = false;
    console.error(error);
    const detail = { part: error.part || part, status: error.status || 0 };
    dispatchEvent(new CustomEvent("xiangdan-part-failed", { detail }));
  }
  initSync(undefined, undefined).__indirect_function_table.get(callback)(data, loaded);
}

