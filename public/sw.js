// Keeps one build of the site on the phone, whole. The bundler puts in its name and its list of files.
// Syncing is not done here: the page does it.
const BUILD = "__BUILD__";
const FILES = __PRECACHE__; // [{url, bytes, integrity}]
const PREFIX = "site-";
const CACHE = PREFIX + BUILD;
const SHELL = "/index.html";
const KEPT = new Set(FILES.map((file) => file.url));

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(dropOldBuilds()));
addEventListener("message", (event) => {
  // The user agreed, in a moment without an unfinished form. The pages reload when they see the new controller.
  if (event.data && event.data.type === "activate") event.waitUntil(skipWaiting());
});
addEventListener("fetch", (event) => {
  const path = pathToServe(event.request);
  if (path) event.respondWith(serve(path, event.request));
});

// All files or none: half a build is worse than the old one, which stays in charge.
async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(FILES.map((file) => keep(cache, file)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
}

async function keep(cache, { url, bytes, integrity }) {
  // A name with a hash in it has one content for ever: an update costs only what changed.
  const held = url.startsWith("/assets/") && (await caches.match(url));
  if (held) return cache.put(url, held);
  // A captive portal answers anything with its own page, so the content has to prove itself.
  const answer = await fetch(url, { cache: "reload", credentials: "omit", integrity: integrity || "" });
  const body = await answer.clone().arrayBuffer();
  if (answer.status !== 200 || answer.redirected || body.byteLength !== bytes) throw new Error("not the file expected: " + url);
  return cache.put(url, answer);
}

async function dropOldBuilds() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== CACHE).map((name) => caches.delete(name)));
}

// The kept file that answers the request, or nothing: then the browser asks the network itself.
function pathToServe({ method, url, mode }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (KEPT.has(pathname)) return pathname;
  // Every address without a file's ending is a page. No network is asked: in a village it is slow, or answers for another.
  if (mode === "navigate" && !/\.[a-z0-9]+$/.test(pathname) && pathname !== "/health") return SHELL;
}

async function serve(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) || fetch(request);
}
