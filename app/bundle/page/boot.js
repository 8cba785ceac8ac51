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
// person did is in the outbox, what they typed among the drafts.
function cover() {
  if (document.querySelector(".panic")) return;
  const panel = document.createElement("div");
  panel.className = "panic";
  panel.setAttribute("role", "alertdialog");
  panel.setAttribute("aria-modal", "true");
  panel.setAttribute("aria-label", "应用出错了");
  const title = document.createElement("h1");
  title.textContent = "应用出错了";
  const words = document.createElement("p");
  words.textContent = "填过的内容都保存在这台手机上，没有丢。重新打开就能接着用。";
  const button = document.createElement("button");
  button.className = "btn";
  button.textContent = "重新打开";
  button.onclick = () => location.reload();
  panel.append(title, words, button);
  document.body.append(panel);
  button.focus();
}

// A panic ends in WebAssembly's `unreachable`, in a listener or in a task.
function isFault(error) {
  return typeof WebAssembly === "object" && error instanceof WebAssembly.RuntimeError;
}
addEventListener("error", (event) => isFault(event.error) && cover());
addEventListener("unhandledrejection", (event) => isFault(event.reason) && cover());

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
        say("乡单没有下载完整。请看看网络，再试一次。", true);
      },
    );
}

// The parts of the program that a person sees first. Whoever is remembered from last time gets them beside the core
// instead of after it; while somebody signs in, the program asks for them itself.
const parts = "{{parts}}";
function firstParts({ role }) {
  const isCounty = /^\d{4}(?!00)\d\d0{6}$/.test(role.region);
  const homes = { village: "needs", member: "library", bureau: isCounty ? "review" : "office", administrator: "account" };
  return ["inside", homes[role.role]];
}
try {
  for (const part of firstParts(JSON.parse(localStorage.getItem("xiangdan-actor")))) {
    if (!parts[part]) continue;
    const link = document.createElement("link");
    Object.assign(link, { rel: "preload", as: "fetch", type: "application/wasm", crossOrigin: "anonymous", href: parts[part] });
    document.head.append(link);
  }
} catch {
  // Nobody is remembered, or not in a way this build knows.
}
