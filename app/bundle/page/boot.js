// Starts the program, or says in plain words why it cannot. The page's rules allow no script inside index.html.
const glue = "{{glue}}";
const wasm = "{{wasm}}";

const boot = document.getElementById("boot");

function say(words, again) {
  if (document.querySelector(".panic")) return; // The cover has said it better.
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

// After a fault of the program nothing on the page can be trusted: it is covered, and can only be opened again. What a
// person did is in the outbox, what they typed among the drafts. The first fault counts, later ones come from it.
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

  // The rest is about the report. If that fails, the cover stands.
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
    // What this browser does not keep can only be sent now.
    if (!isKept) return send(report).then(tell);
    store(stored().map((entry) => (entry.at === at ? { ...entry, agreed: true } : entry)));
    sendAgreed();
  };
}

// Where the program was, in its own numbers. Browsers add functions' names and addresses, which are left out.
function reportOf(error) {
  const stack = [];
  for (const line of String(error.stack).split("\n")) {
    // Safari tells neither file nor offset.
    const frame = /([\w.-]{1,99}:)?wasm-function\[(\d+)\](:0x[\da-f]+)?/.exec(line);
    if (frame && stack.length < 30) stack.push(`${frame[1] || "wasm:"}wasm-function[${frame[2]}]${frame[3] || ":0x0"}`);
  }
  return {
    build: document.querySelector("meta[name=build]").content,
    // Whatever is not one of our own words is an identifier.
    page: location.pathname.replace(/[^/]*[^/a-z_-][^/]*/g, ":id").slice(0, 120),
    kind: String(error.message).replace(/[^ -~]/g, "?").slice(0, 100),
    stack,
  };
}

// Short enough to be read aloud on the phone, without letters that look alike. The server makes the same of the same report
// (`app/api/src/fault.rs`).
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

// Answers with a status, or 0 without network. The session stays at home: a report belongs to nobody.
async function send(report) {
  try {
    const answer = await fetch("/api/v1/report_fault", {
      method: "POST",
      headers: { "content-type": "application/json" },
      credentials: "omit",
      body: JSON.stringify(report),
    });
    // Our server always answers JSON, a captive portal its own page.
    await answer.json();
    return answer.status;
  } catch {
    return 0;
  }
}

// Too many at once, or a server that is ill: later it may be different.
const isRefusal = (status) => status >= 400 && status < 500 && status !== 429;

async function sendAllAgreed() {
  let status;
  for (const { at, report } of stored().filter((entry) => entry.agreed)) {
    status = await send(report);
    if (status === 200 || isRefusal(status)) store(stored().filter((entry) => entry.at !== at));
  }
  if (status !== undefined) tell(status);
}

// One tab at a time, so that nothing is sent twice.
function sendAgreed() {
  store(stored());
  if (!stored().some((entry) => entry.agreed)) return;
  if (navigator.locks) navigator.locks.request(KEY, sendAllAgreed);
  else sendAllAgreed();
}

// Shows on the cover what came of sending, once the person has agreed to it.
let tell = () => {};

function outcomeOf(status, isKept) {
  if (status === 200) return "已发出，谢谢。";
  if (isRefusal(status)) return "服务器没有收下。可以把错误代码告诉县里的管理员。";
  if (!isKept) return "没有发出去。可以把错误代码告诉县里的管理员。";
  return status ? "服务器现在收不下，以后会自动再发。" : "现在没有网络，连上后自动发。";
}

addEventListener("online", sendAgreed);
// Not before the program is on its way.
addEventListener("load", sendAgreed);

// V8 keeps ten frames unless told otherwise; a fault in a list of a page lies deeper.
if (Error.stackTraceLimit < 30) Error.stackTraceLimit = 30;

// A panic ends in WebAssembly's `unreachable`, in a listener or in a task.
function isFault(error) {
  return typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
}
addEventListener("error", (event) => isFault(event.error) && cover(event.error));
addEventListener("unhandledrejection", (event) => isFault(event.reason) && cover(event.reason));

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
  say("这个浏览器现在不让网页把内容存在本机，乡单打不开。如果开了“无痕浏览”，请关掉它，再重新打开本页。");
} else {
  // The browser starts its storage while the program is still on its way.
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

// The parts of the program that a person sees first. Whoever is remembered from last time gets them beside the core
// instead of after it; while somebody signs in, the program asks for them itself (`app/src/sign_in/remembered.rs`).
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
  // Without storage nobody is remembered.
}
