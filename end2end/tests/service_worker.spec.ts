// The real public/sw.js around a tiny site. The program itself is not needed here.
import type { Page } from "@playwright/test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { Device } from "./support/device.ts";
import { api, everything, Network } from "./support/network.ts";
import { smallSite } from "./support/site.ts";
import { expect, test as base } from "./support/test.ts";

type Fixtures = { web: Network; page: Page };

const test = base.extend<Fixtures>({
  web: async ({ folder }, use) => {
    // Nothing listens behind it: only the site's own files answer.
    const web = await Network.before("http://127.0.0.1:9");
    web.serves(smallSite(join(folder, "one"), "one"));
    await use(web);
    await web.close();
  },
  page: async ({ folder, web }, use) => {
    const device = new Device(join(folder, "phone"), web.url);
    await use(await device.open());
    await device.close();
  },
});

/** Registers the worker and says how its installation ended. */
const install = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.register("/sw.js", { updateViaCache: "none" });
    const worker = registration.installing ?? registration.waiting ?? registration.active;
    if (!worker) return "none";
    return new Promise<string>((resolve) => {
      const look = () => ["installed", "activated", "redundant"].includes(worker.state) && resolve(worker.state);
      worker.addEventListener("statechange", look);
      look();
    });
  });

/** Waits until the first worker is in charge of navigations. */
const installed = async (page: Page) => {
  await install(page);
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
};

const update = (page: Page) =>
  page.evaluate(async () => {
    const registration = await navigator.serviceWorker.ready;
    await registration.update();
    const worker = registration.installing ?? registration.waiting;
    if (!worker) return "none";
    return new Promise<string>((resolve) => {
      const look = () => ["installed", "redundant"].includes(worker.state) && resolve(worker.state);
      worker.addEventListener("statechange", look);
      look();
    });
  });

const caches_ = (page: Page) => page.evaluate(() => caches.keys());

test("any address opens without a network once the site is kept", async ({ page, web }) => {
  await installed(page);
  web.goesWrong({ is: "refused" });
  for (const path of ["/", "/needs/new", "/orders/0192?from=inbox"]) {
    await page.goto(web.url + path);
    await expect(page.getByRole("heading")).toHaveText("build one");
  }
});

test("an opened page asks the network for nothing that is kept", async ({ page, web }) => {
  await installed(page);
  web.asked.length = 0;
  await page.goto(`${web.url}/library`);
  expect(await page.evaluate(() => fetch("/assets/app-one.js").then((answer) => answer.text()))).toBe('build("one");');
  // The browser itself looks for a new worker after a navigation.
  expect(web.asked.filter((path) => path !== "/sw.js")).toEqual([]);
});

test("an installation that lacks one file is none at all", async ({ page, web }) => {
  web.goesWrong({ is: "refused" }, (path) => path === "/assets/app-one.js");
  expect(await install(page)).toBe("redundant");
  expect(await caches_(page)).toEqual([]);
});

test("a captive portal's page is kept in the place of no file", async ({ page, web }) => {
  web.goesWrong({ is: "captive portal" }, (path) => path === "/manifest.webmanifest");
  expect(await install(page)).toBe("redundant");
  web.isFine();
  expect(await install(page)).not.toBe("redundant");
});

test("a file of the right length with other content is refused", async ({ page, web, folder }) => {
  const torn = smallSite(join(folder, "torn"), "one");
  writeFileSync(join(torn, "assets/app-one.js"), 'build("0ne");');
  web.serves(torn);
  expect(await install(page)).toBe("redundant");
});

test("requests to the interface are left to the network", async ({ page, web }) => {
  await installed(page);
  await page.reload();
  web.goesWrong({ is: "captive portal" }, api);
  const answer = await page.evaluate(() => fetch("/api/v1/me").then((answer) => answer.text()));
  expect(answer).toContain("无线网络");
  web.goesWrong({ is: "refused" });
  expect(await page.evaluate(() => fetch("/api/v1/hints").catch((error) => String(error)))).toContain("TypeError");
});

test("a new build waits until the user agrees, then takes over and clears the old one away", async ({ page, web, folder }) => {
  await installed(page);
  await page.reload();
  web.serves(smallSite(join(folder, "two"), "two"));
  expect(await update(page)).toBe("installed");
  await page.reload();
  await expect(page.getByRole("heading")).toHaveText("build one");

  await page.evaluate(async () => {
    const changed = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve));
    (await navigator.serviceWorker.ready).waiting?.postMessage({ type: "activate" });
    await changed;
  });
  web.goesWrong({ is: "refused" });
  await page.reload();
  await expect(page.getByRole("heading")).toHaveText("build two");
  await expect.poll(() => caches_(page)).toEqual(["site-two"]);
});

test("an update fetches only what changed", async ({ page, web, folder }) => {
  await installed(page);
  web.serves(smallSite(join(folder, "two"), "two"));
  web.asked.length = 0;
  expect(await update(page)).toBe("installed");
  expect(web.asked).toContain("/assets/app-two.js");
  expect(web.asked).not.toContain("/assets/same-0123456789abcdef.js");
});

test("an update that breaks off leaves the old build in charge", async ({ page, web, folder }) => {
  await installed(page);
  web.serves(smallSite(join(folder, "two"), "two"));
  web.goesWrong({ is: "answer torn" }, (path) => path === "/assets/app-two.js");
  expect(await update(page)).toBe("redundant");
  expect(await caches_(page)).toEqual(["site-one"]);
  web.goesWrong({ is: "refused" }, everything);
  await page.reload();
  await expect(page.getByRole("heading")).toHaveText("build one");
});
