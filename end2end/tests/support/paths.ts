import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const target = process.env.CARGO_TARGET_DIR || `${root}target`;

/** The server under test, with the site inside it. */
export const binary = process.env.XIANGDAN_BINARY || `${target}/release/xiangdan`;
/** The built site, for tests that need a second build of it. */
export const site = process.env.XIANGDAN_SITE || `${target}/site`;
/** Where tests leave databases and browser profiles. */
export const work = `${target}/end2end`;
export const templateFolder = `${work}/demo`;
export const chromium = process.env.CHROME || "/usr/bin/chromium";
