// A given server binary on a copy of its own demonstration data, for tools that look at the site or measure it.
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { cpSync, existsSync, mkdirSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const chromium = process.env.CHROME || "/usr/bin/chromium";
export const password = "xiangdan-demo";

/**
 * The demonstration data that this binary makes, made once for it and the day: everything in the demonstration is told
 * in days before today.
 */
export function demoData(binary) {
  const hash = createHash("sha256").update(readFileSync(binary)).digest("hex").slice(0, 16);
  const day = new Date().toISOString().slice(0, 10);
  const folder = join(tmpdir(), "xiangdan-demo", `${hash}-${day}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}`;
  mkdirSync(unfinished, { recursive: true });
  execFileSync(resolve(binary), ["--data", unfinished, "demo"], { env: { ...process.env, RUST_LOG: "warn" }, stdio: ["ignore", "ignore", "inherit"] });
  renameSync(unfinished, folder);
  return folder;
}

/** What has to be undone however this process ends. */
const undo = new Set();
process.on("exit", () => undo.forEach((act) => act()));
for (const signal of ["SIGTERM", "SIGHUP"]) {
  process.on(signal, () => {
    // Playwright would only close its browsers, and whoever waits for a page would wait on.
    console.error(`${signal} has come from outside: nothing of this run counts`);
    process.exit(1);
  });
}

/** A server on its own copy of a data folder; `stop` ends it and removes the copy. */
export async function startServer(binary, data) {
  const folder = mkdtempSync(join(tmpdir(), "xiangdan-server-"));
  cpSync(data, join(folder, "data"), { recursive: true });
  const port = await freePort();
  const log = openSync(join(folder, "server.log"), "a");
  const child = spawn(resolve(binary), ["--addr", `127.0.0.1:${port}`, "--data", join(folder, "data"), "serve"], {
    env: { ...process.env, RUST_LOG: process.env.RUST_LOG || "info" },
    stdio: ["ignore", log, log],
  });
  const end = () => {
    child.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  undo.add(end);
  const url = `http://127.0.0.1:${port}`;
  const answers = () => fetch(`${url}/health`).then((answer) => answer.ok, () => false);
  while (!(await answers())) {
    if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}: ${readFileSync(join(folder, "server.log"), "utf8")}`);
  }
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, "exit");
      child.kill("SIGTERM");
      await ended;
    }
    end();
    undo.delete(end);
  };
  return { url, port, stop };
}

export async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}
