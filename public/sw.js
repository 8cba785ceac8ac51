// Keeps one build of the site on the phone, whole. The bundler puts in its name and its list of files.
// Syncing is not done here: the page does it.
const BUILD = "__BUILD__";
const FILES = "__PRECACHE__"; // [{url, bytes, digest, part}]
const PREFIX = "site-";
const CACHE = PREFIX + BUILD;
// Parts of the program have a hash in their names, so builds share them, and a download that broke off goes on.
const PARTS_CACHE = "parts";
const SHELL = "/index.html";
const KEPT = new Map(FILES.map((file) => [file.url, file]));
const isPart = ({ part }) => part && part !== "core";
const CORE = FILES.filter((file) => !isPart(file));
const PARTS = FILES.filter(isPart);

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  const { type, first } = event.data || {};
  // The user agreed, in a moment without an unfinished form. The pages reload when they see the new controller.
  if (type === "activate") event.waitUntil(skipWaiting());
  // A page says which parts its person needs, and is told how far it is.
  if (type === "keep") event.waitUntil(keepParts(first || []));
});
addEventListener("fetch", (event) => {
  const path = pathToServe(event.request);
  if (path) event.respondWith(serve(path, event));
});

// The core is kept whole or not at all: half of it is worse than the old build, which stays in charge. The first time the
// parts come afterwards, those of the person first. An update waits for all of them, for it may be taken over offline.
async function install() {
  const cache = await caches.open(CACHE);
  try {
    await Promise.all(CORE.map((file) => keep(cache, file)));
  } catch (error) {
    await caches.delete(CACHE);
    throw error;
  }
  if (registration.active) {
    for (const file of PARTS) await keepPart(file);
  }
}

async function activate() {
  const isFirst = (await caches.keys()).every((name) => !name.startsWith(PREFIX) || name === CACHE);
  await dropOldBuilds();
  // The page that brought the first worker is served by it from now on, so that it finds the parts kept meanwhile.
  if (isFirst) await clients.claim();
}

// One download at a time: two tabs that ask for the same parts get them once. Who asks while one is under way gets a round of
// its own afterwards, since that one may have failed on a part before the network came back.
let keeping = Promise.resolve();

async function keepParts(first) {
  await tellMissing();
  keeping = keeping.catch(() => {}).then(() => keepAll(first));
  await keeping;
}

async function keepAll(first) {
  const rank = ({ part }) => (first.includes(part) ? first.indexOf(part) : first.length);
  for (const file of [...PARTS].sort((a, b) => rank(a) - rank(b))) {
    // What did not come now is asked for again by the page when there is a network; what was kept stays.
    await keepPart(file).then(tellMissing, () => {});
  }
}

async function tellMissing() {
  const cache = await caches.open(PARTS_CACHE);
  const held = await Promise.all(PARTS.map((file) => cache.match(file.url)));
  const missing = PARTS.filter((_, at) => !held[at]).map((file) => file.part);
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ type: "kept", missing });
}

async function keepPart(file) {
  const cache = await caches.open(PARTS_CACHE);
  if (!(await cache.match(file.url))) await keep(cache, file);
}

async function keep(cache, file) {
  // A name with a hash in it has one content for ever: an update costs only what changed.
  const held = file.url.startsWith("/assets/") && (await caches.match(file.url));
  if (held) return cache.put(file.url, held);
  // The browser may have such a file already, from opening the page.
  const mode = file.url.startsWith("/assets/") ? "default" : "reload";
  const answer = await fetch(file.url, { cache: mode, credentials: "omit" });
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
  if (!names.includes(PARTS_CACHE)) return;
  const parts = await caches.open(PARTS_CACHE);
  const old = (await parts.keys()).filter(({ url }) => !KEPT.has(new URL(url).pathname));
  await Promise.all(old.map((request) => parts.delete(request)));
}

// The kept file that answers the request, or nothing: then the browser asks the network itself.
function pathToServe({ method, url, mode }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (KEPT.has(pathname)) return pathname;
  // Every address without a file's ending is a page. No network is asked: in a village it is slow, or answers for another.
  if (mode === "navigate" && !/\.[a-z0-9]+$/.test(pathname) && pathname !== "/health" && pathname !== "/metrics") return SHELL;
}

async function serve(path, event) {
  const file = KEPT.get(path);
  const cache = await caches.open(file && isPart(file) ? PARTS_CACHE : CACHE);
  const held = await cache.match(path);
  if (held) return held;
  const answer = await fetch(event.request);
  // A part that a page asked for before it was kept is kept now, if it is the one expected.
  if (file && isPart(file) && answer.status === 200) {
    const copy = answer.clone();
    event.waitUntil(
      copy.clone().arrayBuffer().then(async (content) => (await isGenuine(content, file)) && cache.put(path, copy)).catch(() => {}),
    );
  }
  return answer;
}
