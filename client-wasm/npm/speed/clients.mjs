// The two clients that are compared: where a program in Node finds each, and bundles of each for pages.

import { mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { buildSync } from "esbuild";

const here = import.meta.dirname;
const dist = join(here, "..", "dist");
const bundles = join(here, "..", "build", "speed");

export const OURS = "tidewire";
export const THEIRS = "socket.io-client";
export const CLIENTS = [OURS, THEIRS];

/** No client at all: a page with a WebSocket. */
export const BARE = "bare";

const URLS = { [OURS]: pathToFileURL(join(dist, "node.mjs")).href, [THEIRS]: import.meta.resolve(THEIRS) };

const FILES = { [OURS]: join(dist, "node.js"), [THEIRS]: createRequire(import.meta.url).resolve(THEIRS) };

/** Returns the module of a client in Node, for `import()`. */
export const moduleOf = (client) => URLS[client];

/** Returns the file of a client in Node, for `require()`. */
export const fileOf = (client) => FILES[client];

/** Bundles a file of this folder with `tidewire/lazy`, by a bundler that puts shared code into the first file. Returns its path. */
export async function bundleLazy(entry) {
  const { withRollup } = await import("../packaging/rollup.mjs");
  const output = { dir: bundles, format: "es", entryFileNames: "[name]" };
  await withRollup({ [`lazy-${entry}`]: join(here, entry) }, output, { IO: join(dist, "lazy.mjs") });
  return join(bundles, `lazy-${entry}`);
}

/** Bundles a file of this folder that imports a client as `IO`, minified for pages. Returns the path of the bundle. */
export function bundle(client, entry) {
  mkdirSync(bundles, { recursive: true });
  const outfile = join(bundles, `${client}-${entry}`);
  buildSync({
    entryPoints: [join(here, entry)],
    outfile,
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    target: "es2020",
    define: { "process.env.NODE_ENV": '"production"' },
    alias: { IO: client === OURS ? join(dist, "index.mjs") : client },
    logLevel: "error",
  });
  return outfile;
}
