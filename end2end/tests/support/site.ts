// A site of three small files around the real service worker, built as the bundler does.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const worker = fileURLToPath(new URL("../../../public/sw.js", import.meta.url));

/** Writes a build whose page says its name, and returns the folder. */
export function smallSite(folder: string, build: string): string {
  const files: Record<string, string> = {
    "/index.html": `<!doctype html><title>${build}</title><h1>build ${build}</h1>`,
    "/manifest.webmanifest": "{}",
    "/assets/same-0123456789abcdef.js": "same();",
    [`/assets/app-${build}.js`]: `build("${build}");`,
  };
  const kept = Object.entries(files).map(([url, text]) => ({ url, bytes: Buffer.byteLength(text), digest: digest(text) }));
  files["/sw.js"] = readFileSync(worker, "utf8")
    .replace('"__BUILD__"', JSON.stringify(build))
    .replace('"__PRECACHE__"', JSON.stringify(kept));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

function digest(text: string): string {
  const content = Buffer.from(text);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(content.length));
  return createHash("sha256").update(length).update(content).digest("hex").slice(0, 16);
}
