// Made once per server binary: the demonstration data, of which every test gets a copy, and the site's next build.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, bundler, nextSite, root, templateFolder, work } from "./paths.ts";

export default function prepare() {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`make test\`, or build the server first`);
  const { mtimeMs, size } = statSync(binary);
  const stamp = join(work, `made-for-${mtimeMs}-${size}`);
  if (existsSync(stamp)) return;
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });

  console.log("end2end: making the demonstration data");
  const unfinished = `${templateFolder}.${process.pid}`;
  const env = { ...process.env, XIANGDAN_DATA: unfinished, RUST_LOG: "warn" };
  execFileSync(binary, ["demo"], { env, stdio: ["ignore", "ignore", "inherit"] });
  renameSync(unfinished, templateFolder);

  console.log("end2end: making the site's next build");
  // A server that was given a quick site has a quick next one.
  const quick = process.env.XIANGDAN_SITE ? ["--dev"] : [];
  execFileSync(bundler, [...quick, "--build-label", "next", "--out", nextSite], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  writeFileSync(stamp, "");
}
