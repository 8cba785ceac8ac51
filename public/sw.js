// The service worker: precaches one whole build of the site, so that it opens without a network. The bundler puts in the build's
// name and its precache list. Syncing is done by the page, not here.
const BUILD = "__BUILD__";
const FILES = "__PRECACHE__"; // [{url, bytes, digest, part}]
const PREFIX = "site-";
const CACHE = PREFIX + BUILD;
// Parts have a content hash in their names, so builds share this cache, and a download that broke off continues where it was.
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
  // The person agreed to the update while no form was open. The pages reload when they see the new controller.
  if (type === "activate") event.waitUntil(skipWaiting());
  // A page names the parts that its person needs first, and gets messages about the parts still missing.
  if (type === "keep") event.waitUntil(keepParts(first || []));
});
addEventListener("fetch", (event) => {
  const path = pathToServe(event.request);
  if (path) event.respondWith(serve(path, event));
});

// The core is cached whole or not at all: if a file fails, the old build stays active. At the first installation the parts follow
// later, in the order that the page asks for. An update caches all parts first, since it may be activated offline.
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
  // The first worker also takes control of the page that registered it, so that the page finds the cached parts.
  if (isFirst) await clients.claim();
}

// Downloads are serialized, so that two tabs do not fetch the same part twice. A request during a download gets a round of its own
// afterwards, since the running one may have failed on a part before the network came back.
let keeping = Promise.resolve();

async function keepParts(first) {
  await tellMissing();
  keeping = keeping.catch(() => {}).then(() => keepAll(first));
  await keeping;
}

async function keepAll(first) {
  const rank = ({ part }) => (first.includes(part) ? first.indexOf(part) : first.length);
  for (const file of [...PARTS].sort((a, b) => rank(a) - rank(b))) {
    // A part that failed is requested again by the page when there is a network; cached parts stay.
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
  // Files with a content hash in their names never change, so an update downloads only the files that changed.
  const held = file.url.startsWith("/assets/") && (await caches.match(file.url));
  if (held) return cache.put(file.url, held);
  // Such a file may be in the HTTP cache already, since the page has loaded it; other files must come from the server.
  const mode = file.url.startsWith("/assets/") ? "default" : "reload";
  const answer = await fetch(file.url, { cache: mode, credentials: "omit" });
  // A captive portal answers every request with its own page, so the content is checked against its digest.
  const genuine = answer.status === 200 && !answer.redirected && (await isGenuine(await answer.clone().arrayBuffer(), file));
  if (!genuine) throw new Error("not the file expected: " + file.url);
  return cache.put(file.url, answer);
}

// The digest is SHA-256 over the length, as eight bytes in little-endian order, and the content (`names::digest` of the bundler).
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

// The path of the cached file that answers the request, or nothing: then the browser goes to the network.
function pathToServe({ method, url, mode }) {
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== location.origin || pathname.startsWith("/api/")) return;
  if (KEPT.has(pathname)) return pathname;
  // Every address without a file extension is a page and gets the cached shell (cache first). In a village the network is slow, or
  // a captive portal answers.
  if (mode === "navigate" && !/\.[a-z0-9]+$/.test(pathname) && pathname !== "/health" && pathname !== "/metrics") return SHELL;
}

async function serve(path, event) {
  const file = KEPT.get(path);
  const cache = await caches.open(file && isPart(file) ? PARTS_CACHE : CACHE);
  const held = await cache.match(path);
  if (held) return held;
  const answer = await fetch(event.request);
  // A part that a page requested before it was cached is cached now, if its digest is right.
  if (file && isPart(file) && answer.status === 200) {
    const copy = answer.clone();
    event.waitUntil(
      copy.clone().arrayBuffer().then(async (content) => (await isGenuine(content, file)) && cache.put(path, copy)).catch(() => {}),
    );
  }
  return answer;
}
