// The demonstration data, made once per server binary; every test starts from a copy of it.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { binary, templateFolder, work } from "./paths.ts";

export default function makeTemplate() {
  if (!existsSync(binary)) throw new Error(`${binary} is missing: run \`make test\`, or build the server first`);
  const { mtimeMs, size } = statSync(binary);
  const stamp = join(templateFolder, `.made-by-${mtimeMs}-${size}`);
  if (existsSync(stamp)) return;
  const unfinished = `${templateFolder}.${process.pid}`;
  rmSync(templateFolder, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  mkdirSync(work, { recursive: true });
  execFileSync(binary, ["demo"], { env: { ...process.env, XIANGDAN_DATA: unfinished, RUST_LOG: "warn" }, stdio: "inherit" });
  renameSync(unfinished, templateFolder);
  writeFileSync(stamp, "");
}
