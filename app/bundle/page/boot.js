// Starts the program, or says in plain words why it cannot. The page's rules allow no script inside index.html.
const glue = "{{glue}}";
const wasm = "{{wasm}}";

const boot = document.getElementById("boot");

function say(words, again) {
  if (document.querySelector(".panic")) return; // The program has said it better.
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
