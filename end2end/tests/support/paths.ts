import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = process.env.CARGO_TARGET_DIR || `${root}target`;

/** The server under test, with the site inside it. */
export const binary = process.env.XIANGDAN_BINARY || `${target}/release/xiangdan`;
/** The bundler, which makes a second build of the same program. */
export const bundler = process.env.XIANGDAN_BUNDLE || `${target}/debug/bundle`;
/** Where tests leave databases and browser profiles. */
export const work = `${target}/end2end`;
export const templateFolder = `${work}/demo`;
/** The site as the next build would be. */
export const nextSite = `${work}/next-site`;
export const chromium = process.env.CHROME || "/usr/bin/chromium";
