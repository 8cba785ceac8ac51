// The boot script: starts the program, or shows in plain words why it cannot start. It is a file of its own because the content
// security policy allows no inline scripts.
const glue = "{{glue}}";
const wasm = "{{wasm}}";

const boot = document.getElementById("boot");

function say(words, again) {
  if (document.querySelector(".panic")) return; // The crash screen is there already and says more.
  const message = document.createElement("p");
  message.className = "boot-message";
  message.setAttribute("role", "alert");
  message.textContent = words;
  const main = document.getElementById("boot-main");
  main.textContent = "";
  main.appendChild(message);
  document.getElementById("boot-status").textContent = "没有打开";
  if (!again) return;
  const button = document.createElement("button");
  button.className = "btn";
  button.textContent = "再试一次";
  button.onclick = () => location.reload();
  main.appendChild(button);
}

// The crash screen. After a trap or panic the state of the program may be inconsistent, so the page is covered and can only be
// reloaded. No work is lost: it is in the outbox and among the drafts. Later faults follow from the first and are ignored.
let covered = false;

function cover(error) {
  if (covered) return;
  covered = true;
  const panel = document.createElement("div");
  panel.className = "panic";
  panel.setAttribute("role", "alertdialog");
  panel.setAttribute("aria-modal", "true");
  panel.setAttribute("aria-label", "应用出错了");
  const add = (name, words) => {
    const element = document.createElement(name);
    element.textContent = words;
    panel.append(element);
    return element;
  };
  add("h1", "应用出错了");
  add("p", "填过的内容都保存在这台手机上，没有丢。重新打开就能接着用。");
  const again = add("button", "重新打开");
  again.className = "btn";
  again.onclick = () => location.reload();
  document.body.append(panel);
  again.focus();

  // The crash screen is complete. The rest adds the report, and may fail.
  const report = reportOf(error);
  const at = Date.now();
  const isKept = store([...stored(), { at, report }].slice(-MOST_KEPT));
  add("p", "错误代码 " + codeOf(report));
  add("p", "报告里只有版本、页面和出错的位置，不含你填写的内容。").className = "meta";
  const offer = add("button", "把错误报告发给开发人员");
  offer.className = "btn is-quiet";
  const outcome = add("p", "");
  outcome.setAttribute("role", "status");
  offer.onclick = () => {
    offer.disabled = true;
    again.focus();
    outcome.textContent = "正在发…";
    tell = (status) => (outcome.textContent = outcomeOf(status, isKept));
    // A report that this browser could not store can only be sent now.
    if (!isKept) return send(report).then(tell);
    store(stored().map((entry) => (entry.at === at ? { ...entry, agreed: true } : entry)));
    sendAgreed();
  };
}

// The crash report: stack frames as function indices and offsets. Function names and URLs, which some browsers add, are left out.
function reportOf(error) {
  const stack = [];
  for (const line of String(error.stack).split("\n")) {
    // Safari gives neither file nor offset.
    const frame = /([\w.-]{1,99}:)?wasm-function\[(\d+)\](:0x[\da-f]+)?/.exec(line);
    if (frame && stack.length < 30) stack.push(`${frame[1] || "wasm:"}wasm-function[${frame[2]}]${frame[3] || ":0x0"}`);
  }
  return {
    build: document.querySelector("meta[name=build]").content,
    // Segments of the path with other characters than our own words contain are identifiers.
    page: location.pathname.replace(/[^/]*[^/a-z_-][^/]*/g, ":id").slice(0, 120),
    kind: String(error.message).replace(/[^ -~]/g, "?").slice(0, 100),
    stack,
  };
}

// The report's code: a hash (FNV-1a) in six characters that can be read aloud on the phone, without letters that look alike. The
// server computes the same code (`app/api/src/fault.rs`).
function codeOf({ build, stack }) {
  let hash = 0x811c9dc5;
  for (const letter of [build, ...stack].join("\n")) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  let code = "";
  for (let place = 0; place < 6; place++) {
    code += (place === 3 ? "-" : "") + "23456789ACDEFGHJKMNPQRTUWXY"[hash % 27];
    hash = Math.floor(hash / 27);
  }
  return code;
}

// Reports stay on this device until the person agrees to send one, for a week at most.
const KEY = "xiangdan-fault";
const MOST_KEPT = 3;
const WEEK = 7 * 24 * 3600 * 1000;

function stored() {
  try {
    return JSON.parse(localStorage.getItem(KEY)).filter(({ at }) => Math.abs(Date.now() - at) < WEEK);
  } catch {
    return [];
  }
}

function store(entries) {
  try {
    if (entries.length) localStorage.setItem(KEY, JSON.stringify(entries));
    else localStorage.removeItem(KEY);
    return true;
  } catch {
    return false;
  }
}

// Returns the HTTP status, or 0 without network. The cookie is not sent, so that reports are anonymous.
async function send(report) {
  try {
    const answer = await fetch("/api/v1/report_fault", {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "omit",
      body: JSON.stringify(report),
    });
    // Our server always answers JSON; a captive portal's page fails here.
    await answer.json();
    return answer.status;
  } catch {
    return 0;
  }
}

// Whether the server will never accept the report. Statuses 429 and 5xx may be different later.
const isRefusal = (status) => status >= 400 && status < 500 && status !== 429;

async function sendAllAgreed() {
  let status;
  for (const { at, report } of stored().filter((entry) => entry.agreed)) {
    status = await send(report);
    if (status === 200 || isRefusal(status)) store(stored().filter((entry) => entry.at !== at));
  }
  if (status !== undefined) tell(status);
}

// The lock lets one tab send at a time, so that no report is sent twice.
function sendAgreed() {
  store(stored());
  if (!stored().some((entry) => entry.agreed)) return;
  if (navigator.locks) navigator.locks.request(KEY, sendAllAgreed);
  else sendAllAgreed();
}

// Shows on the crash screen whether the report was sent; set once the person has agreed to sending.
let tell = () => {};

function outcomeOf(status, isKept) {
  if (status === 200) return "已发出，谢谢。";
  if (isRefusal(status)) return "服务器没有收下。可以把错误代码告诉县里的管理员。";
  if (!isKept) return "没有发出去。可以把错误代码告诉县里的管理员。";
  return status ? "服务器现在收不下，以后会自动再发。" : "现在没有网络，连上后自动发。";
}

addEventListener("online", sendAgreed);
// Waits until the page has loaded, so that reports do not delay the program.
addEventListener("load", sendAgreed);

// V8 records ten frames by default; a fault in a list of a page is deeper.
if (Error.stackTraceLimit < 30) Error.stackTraceLimit = 30;

// A panic ends in WebAssembly's `unreachable`: an `error` event in a listener, an unhandled rejection in an async task.
function isFault(error) {
  return typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
}
addEventListener("error", (event) => isFault(event.error) && cover(event.error));
addEventListener("unhandledrejection", (event) => isFault(event.reason) && cover(event.reason));

// Password managers and autofill may set values without events. Before anything is pressed or sent, the program hears of every value
// that stands in a field and that no event has told.
const heard = new WeakMap();
const isTyped = (field) => field.matches?.("input:not([type=checkbox]):not([type=radio]):not([type=file]):not([type=search]),textarea");
const isChosen = (field) => field.matches?.("[type=checkbox],[type=radio]");
function believe() {
  for (const field of document.querySelectorAll("input:enabled,textarea:enabled"))
    if (isTyped(field) && field.value !== (heard.get(field) ?? "")) field.dispatchEvent(new Event("input", { bubbles: true }));
}
addEventListener("input", ({ target }) => isTyped(target) && heard.set(target, target.value), true);
// While a choice is being clicked it must not be drawn anew, which would take it back: it comes first, and nothing is sent by it.
const believed = ({ target }) => (isChosen(target) ? setTimeout(believe) : believe());
for (const event of ["click", "submit", "change", "visibilitychange", "pagehide"]) addEventListener(event, believed, true);

// Some browsers throw when the property is only read.
function hasStorage() {
  try {
    return !!window.indexedDB;
  } catch {
    return false;
  }
}

if (typeof WebAssembly !== "object") {
  say("这个浏览器太旧，打不开乡单。请更新浏览器，或者换一个浏览器再打开，例如 Chrome、Edge、Firefox。");
} else if (!hasStorage()) {
  say(
    "这个浏览器现在不让网页把内容存在本机，乡单打不开。如果开了“无痕浏览”，请关掉它，再重新打开本页；不行就把这个地址复制到手机自带的浏览器里打开：" +
      location.origin,
  );
} else {
  // Warms up: the browser starts its storage process while the program still loads.
  indexedDB.databases?.().catch(() => {});
  import(glue)
    .then((module) => module.default({ module_or_path: wasm }))
    .then(
      () => boot.remove(),
      (error) => {
        console.error(error);
        if (isFault(error)) cover(error);
        else say("乡单没有下载完整。请看看网络，再试一次。", true);
      },
    );
}

// Preloads the parts of a remembered person's first page together with the core instead of after it. While somebody signs in,
// the program fetches them itself (`app/src/sign_in/remembered.rs`).
const parts = "{{parts}}";
const before = "{{before}}";
try {
  const home = localStorage.getItem("xiangdan-home");
  const names = localStorage.getItem("xiangdan-actor") ? [...(before[home] || ["inside"]), home] : [];
  for (const href of names.map((name) => parts[name]).filter(Boolean)) {
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", type: "application/wasm", crossOrigin: "anonymous", href });
    document.head.append(link);
  }
} catch {
  // Without localStorage nobody is remembered, so nothing is preloaded.
}
