// The chunk loader (code splitting): fetches the parts of the program that are not in its core. The bundler puts in the addresses
// of the parts and the parts that must run before each, and appends one exported function for each part. The program calls it with
// the index of a callback in the table of functions, and with that callback's argument.
import { initSync } from "./glue.js";

const addresses = "{{parts}}";
const before = "{{before}}";
const loads = {};

// A part could not be loaded: the answer had an error status or was a web page.
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
  // A captive portal, or a server that no longer has the file, may answer with a web page.
  if (!answer.ok || type.includes("html")) throw new NotThePart(part, answer.status);
  // Safari before 15 has no streaming compilation, and browsers reject it when a proxy has changed the content type.
  if (WebAssembly.compileStreaming && type.startsWith("application/wasm")) return WebAssembly.compileStreaming(answer);
  return WebAssembly.compile(await answer.arrayBuffer());
}

async function open(part) {
  // All are fetched at once; this part runs when those before it have run.
  const earlier = before[part].map(load);
  // A part without an address is empty: everything it needs is in those before it.
  const module = part in addresses ? compile(part) : undefined;
  const [code] = await Promise.all([module, ...earlier]);
  // The core runs already, so `initSync` only returns its exports, which the part imports.
  if (code) await WebAssembly.instantiate(code, { __wasm_split: initSync(undefined, undefined) });
}

// Each part is loaded once. A part that failed to load is fetched again at the next call.
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

