// Draws public/icons/*.png from icon.svg with Chromium: `node end2end/tools/icons.mjs`, run again when the drawing changes.
import { chromium } from "@playwright/test";
import { readFileSync, writeFileSync } from "node:fs";
import { deflateSync, inflateSync } from "node:zlib";

const folder = new URL("../../public/icons/", import.meta.url);
const svg = readFileSync(new URL("icon.svg", folder), "utf8");
// Maskable and Apple's icons are cut by the system: colour to the edge, the drawing within the safe circle.
const full = (scale) =>
  svg.replace(' rx="112"', "").replace('<g id="art">', `<g transform="translate(256 256) scale(${scale}) translate(-256 -256)">`);

const browser = await chromium.launch({ executablePath: process.env.CHROME || "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu"] });
for (const [name, size, drawing] of [
  ["icon-192", 192, svg],
  ["icon-512", 512, svg],
  ["maskable-512", 512, full(0.8)],
  ["apple-touch-icon", 180, full(0.92)],
]) {
  const page = await browser.newPage({ viewport: { width: size, height: size } });
  await page.setContent(`<style>body{margin:0}svg{display:block;width:${size}px}</style>${drawing}`);
  const png = withPalette(await page.screenshot({ omitBackground: true }));
  writeFileSync(new URL(`${name}.png`, folder), png);
  console.log(name, png.length, "bytes");
  await page.close();
}
await browser.close();

/** The same picture with a palette: flat colours and their soft edges need few bytes. */
function withPalette(png) {
  const { width, height, rgba } = decode(png);
  const palette = new Map();
  const rows = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const at = (y * width + x) * 4;
      // Five bits a channel: at most a difference no eye sees, on edges only.
      const colour = [0, 1, 2, 3].map((c) => Math.min(255, Math.round(rgba[at + c] / 8.226) * 8.226) | 0);
      if (colour[3] === 0) colour.fill(0);
      const key = colour.join();
      if (!palette.has(key)) palette.set(key, palette.size);
      rows[y * (width + 1) + 1 + x] = palette.get(key);
    }
  }
  if (palette.size > 256) throw new Error(`${palette.size} colours`);
  const colours = [...palette.keys()].map((key) => key.split(",").map(Number));
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  return Buffer.concat([
    png.subarray(0, 8),
    chunk("IHDR", header),
    chunk("PLTE", Buffer.from(colours.flatMap((c) => c.slice(0, 3)))),
    chunk("tRNS", Buffer.from(colours.map((c) => c[3]))),
    chunk("IDAT", deflateSync(rows, { level: 9, memLevel: 9 })),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
  const out = Buffer.alloc(body.length + 8);
  out.writeUInt32BE(data.length, 0);
  body.copy(out, 4);
  out.writeUInt32BE(crc(body), body.length + 4);
  return out;
}

function crc(bytes) {
  let sum = ~0;
  for (const byte of bytes) {
    sum ^= byte;
    for (let bit = 0; bit < 8; bit += 1) sum = (sum >>> 1) ^ (0xedb88320 & -(sum & 1));
  }
  return ~sum >>> 0;
}

/** Reads the PNGs Chromium writes: 8 bits, RGB or RGBA, not interlaced. */
function decode(png) {
  const width = png.readUInt32BE(16);
  const height = png.readUInt32BE(20);
  const channels = png[25] === 6 ? 4 : 3;
  const parts = [];
  for (let at = 8; at < png.length; at += png.readUInt32BE(at) + 12) {
    if (png.toString("latin1", at + 4, at + 8) === "IDAT") parts.push(png.subarray(at + 8, at + 8 + png.readUInt32BE(at)));
  }
  const raw = inflateSync(Buffer.concat(parts));
  const stride = width * channels;
  const rgba = Buffer.alloc(width * height * 4, 255);
  let above = Buffer.alloc(stride);
  for (let y = 0; y < height; y += 1) {
    const filter = raw[y * (stride + 1)];
    const row = Buffer.from(raw.subarray(y * (stride + 1) + 1, (y + 1) * (stride + 1)));
    for (let i = 0; i < stride; i += 1) {
      const left = i >= channels ? row[i - channels] : 0;
      const corner = i >= channels ? above[i - channels] : 0;
      row[i] += [0, left, above[i], (left + above[i]) >> 1, paeth(left, above[i], corner)][filter];
    }
    for (let x = 0; x < width; x += 1) row.copy(rgba, (y * width + x) * 4, x * channels, (x + 1) * channels);
    above = row;
  }
  return { width, height, rgba };
}

function paeth(left, up, corner) {
  const guess = left + up - corner;
  const [a, b, c] = [left, up, corner].map((value) => Math.abs(guess - value));
  return a <= b && a <= c ? left : b <= c ? up : corner;
}
