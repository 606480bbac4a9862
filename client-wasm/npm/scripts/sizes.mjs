// Prints the sizes of the bundles that a page loads and of their parts, beside socket.io-client. Fails if a size is above its budget. Measures
// build/ and dist/ as they are; `cargo xtask sizes` builds both first. `--json <file>` also writes the sizes that a page loads.

import { readFileSync, writeFileSync } from "node:fs";
import { type } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { buildSync } from "esbuild";

import { requireDist } from "./built.mjs";

const npm = join(import.meta.dirname, "..");
const dist = join(npm, "dist");

requireDist();

function bundled(contents, resolveDir, options) {
  const { outputFiles } = buildSync({
    stdin: { contents, resolveDir },
    bundle: true,
    minify: true,
    format: "esm",
    write: false,
    logLevel: "error",
    ...options,
  });
  return outputFiles[0].contents;
}

/** Bundles a part of the package from its sources. */
const part = (name) => bundled(`export * from "./src/machine/${name}.ts"`, npm, { target: "es2017" });

/** Bundles `statement` for a page; in dist/, `tidewire` resolves to the package itself. */
const page = (statement, resolveDir) => bundled(`${statement}\nio();`, resolveDir, { platform: "browser" });

/** Returns the files of an app with `./lazy`: those that a page loads at first, and all. */
function lazily() {
  const { outputFiles, metafile } = buildSync({
    stdin: { contents: 'import { io } from "tidewire/lazy"; io();', resolveDir: dist },
    bundle: true,
    minify: true,
    format: "esm",
    splitting: true,
    platform: "browser",
    outdir: dist,
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const isLater = (name) => Object.values(metafile.outputs).some(({ imports }) => imports.some(({ path, kind }) => kind === "dynamic-import" && name.endsWith(path)));
  const contents = (files) => files.map((output) => output.contents);
  return { first: contents(outputFiles.filter(({ path }) => !isLater(path))), all: contents(outputFiles) };
}

const file = (...names) => readFileSync(join(npm, ...names));

const coreWasm = file("build", "core.wasm");
const slim = page('import { io, setCore } from "tidewire/slim"; setCore(fetch("core.wasm"));', dist);
const lazy = lazily();
const reference = page('import { io } from "socket.io-client";', npm);
const referenceMin = file("node_modules", "socket.io-client", "dist", "socket.io.min.js");

/** The bundles, with their goal and their budget (`most`) in bytes after gzip. A row with several files has their sum. Goals: client-wasm/README.md, "Size". */
const LOADED = [
  { name: 'import { io } from "tidewire"', contents: [page('import { io } from "tidewire";', dist)], goal: 33_000, most: 37_100 },
  { name: "  from socket.io-client", contents: [reference] },
  { name: "tidewire/lazy, at first", contents: lazy.first, goal: 12_900, most: 11_150 },
  { name: "tidewire/lazy, all", contents: lazy.all, most: 40_440 },
  { name: "tidewire/slim", contents: [slim], goal: 12_900, most: 19_140 },
  { name: "tidewire/slim and core.wasm", contents: [slim, coreWasm], most: 38_510 },
  { name: "tidewire/js", contents: [page('import { io } from "tidewire/js";', dist)], goal: 41_000, most: 46_840 },
  { name: "tidewire.min.js", contents: [file("dist", "tidewire.min.js")], most: 38_730 },
  { name: "  socket.io.min.js", contents: [referenceMin] },
];

/** The files in the code package of a mini-program: with the core in wasm, and where the host has no wasm. */
const miniprogram = (...names) => names.map((name) => file("dist", "miniprogram", name));
const MINIPROGRAM = [
  { name: "index.js", contents: miniprogram("index.js"), most: 22_830 },
  { name: "index.js and core.wasm", contents: miniprogram("index.js", "core.wasm"), most: 42_200 },
  { name: "index.js and twin.js", contents: miniprogram("index.js", "twin.js"), most: 50_840 },
];

const PARTS = [
  { name: "core.wasm", contents: [coreWasm], most: 19_400 },
  { name: "core as JavaScript (twin.js)", contents: [file("build", "twin.js")] },
  { name: "machine in TypeScript", contents: [part("wasm")], most: 3_350 },
  { name: "machine with the core inlined", contents: [part("inline")] },
  { name: "machine with the twin", contents: [part("wasm2js")] },
];

const row = (cells) => cells.map((cell, at) => (at ? String(cell).padStart(9) : cell.padEnd(32))).join("");

const sum = (contents, size) => contents.reduce((total, content) => total + size(content).length, 0);
const gzipped = (content) => gzipSync(content, { level: 9 });

/** Prints a table. Returns how many rows are above their budget. */
function table(title, rows) {
  console.log(`\n${row([title, "raw", "gzip -9", "brotli", "goal", "most"])}`);
  let tooLarge = 0;
  for (const { name, contents, goal = "", most = "" } of rows) {
    const gzip = sum(contents, gzipped);
    const isTooLarge = gzip > (most || Infinity);
    const sizes = [sum(contents, (content) => content), gzip, sum(contents, brotliCompressSync)];
    console.log(row([name, ...sizes, goal, most]) + (isTooLarge ? "  TOO LARGE" : ""));
    tooLarge += isTooLarge ? 1 : 0;
  }
  return tooLarge;
}

const tooLarge = table("loaded by a page", LOADED) + table("loaded by a mini-program", MINIPROGRAM) + table("parts", PARTS);
process.exitCode = tooLarge ? 1 : 0;

/** Writes what a page loads, in bytes after gzip: ours has a budget, and socket.io-client has none. */
function writeJson(path) {
  const version = (...folder) => JSON.parse(readFileSync(join(npm, ...folder, "package.json"), "utf8")).version;
  const rows = LOADED.map(({ name, contents, most }) => ({ name: name.trim().replace(/^from (.*)/, 'import { io } from "$1"'), gzip: sum(contents, gzipped), ours: most !== undefined }));
  const versions = `tidewire ${version("dist")}, socket.io-client ${version("node_modules", "socket.io-client")}, Node ${process.versions.node}`;
  writeFileSync(path, `${JSON.stringify({ date: new Date().toISOString().slice(0, 10), place: type(), versions, rows }, undefined, 2)}\n`);
}

const [flag, json] = process.argv.slice(2);
if (flag === "--json") writeJson(json);
