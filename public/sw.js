// Keeps one build of the site on the phone, whole. The bundler puts in its name and its list of files.
// Syncing is not done here: the page does it.
const BUILD = "__BUILD__";
const FILES = "__PRECACHE__"; // [{url, bytes, digest}]
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

async function keep(cache, file) {
  // A name with a hash in it has one content for ever: an update costs only what changed.
  const held = file.url.startsWith("/assets/") && (await caches.match(file.url));
  if (held) return cache.put(file.url, held);
  const answer = await fetch(file.url, { cache: "reload", credentials: "omit" });
  // A captive portal answers anything with its own page, so the content has to prove itself.
  const genuine = answer.status === 200 && !answer.redirected && (await isGenuine(await answer.clone().arrayBuffer(), file));
  if (!genuine) throw new Error("not the file expected: " + file.url);
  return cache.put(file.url, answer);
}

// The digest covers the length, eight bytes, low ones first, and the content (`names::digest` of the bundler).
async function isGenuine(content, { bytes, digest }) {
  if (content.byteLength !== bytes) return false;
  const covered = new Uint8Array(8 + bytes);
  new DataView(covered.buffer).setUint32(0, bytes, true);
  covered.set(new Uint8Array(content), 8);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", covered));
  return [...hash].map((byte) => byte.toString(16).padStart(2, "0")).join("").startsWith(digest);
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
