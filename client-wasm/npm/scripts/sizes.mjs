// The sizes of what a user loads and of the parts that it is made of, as tables beside socket.io-client. Fails when something is
// larger than its budget. Measures build/ and dist/ as they are: `cargo xtask sizes` makes both first.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { buildSync } from "esbuild";

const npm = join(import.meta.dirname, "..");
const dist = join(npm, "dist");

if (!existsSync(join(dist, "package.json"))) {
  console.error("the package is not made: run `cargo xtask sizes`, or `node scripts/dist.mjs` after `cargo xtask npm`");
  process.exit(1);
}

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

/** A part of the package, of its sources. */
const part = (name) => bundled(`export * from "./src/machine/${name}.ts"`, npm, { target: "es2017" });

/** What esbuild makes for a page of `statement`: in dist/, `tidewire` is the package itself. */
const page = (statement, resolveDir) => bundled(`${statement}\nio();`, resolveDir, { platform: "browser" });

const file = (...names) => readFileSync(join(npm, ...names));

const coreWasm = file("build", "core.wasm");
const slim = page('import { io, setCore } from "tidewire/slim"; setCore(fetch("core.wasm"));', dist);
const reference = page('import { io } from "socket.io-client";', npm);
const referenceMin = file("node_modules", "socket.io-client", "dist", "socket.io.min.js");

/** With the aim, and the most that is let pass, in bytes of gzip; rows of several files are their sums. The aims: see README.md, "Size". */
const LOADED = [
  { name: 'import { io } from "tidewire"', contents: [page('import { io } from "tidewire";', dist)], aim: 12_900, most: 36_000 },
  { name: "  from socket.io-client", contents: [reference] },
  { name: "tidewire/slim", contents: [slim], most: 14_000 },
  { name: "tidewire/slim and core.wasm", contents: [slim, coreWasm], aim: 11_500, most: 35_600 },
  { name: "tidewire.min.js", contents: [file("dist", "tidewire.min.js")], aim: 12_900, most: 36_600 },
  { name: "  socket.io.min.js", contents: [referenceMin] },
];
const PARTS = [
  { name: "core.wasm", contents: [coreWasm], aim: 10_000, most: 21_600 },
  { name: "core as JavaScript (twin.js)", contents: [file("build", "twin.js")] },
  { name: "machine in TypeScript", contents: [part("wasm")], aim: 1_200, most: 2_650 },
  { name: "machine with the core inlined", contents: [part("inline")] },
  { name: "machine with the twin", contents: [part("wasm2js")] },
];

const row = (cells) => cells.map((cell, at) => (at ? String(cell).padStart(9) : cell.padEnd(32))).join("");

/** Prints the rows. Returns how many are too large. */
function table(title, rows) {
  console.log(`\n${row([title, "raw", "gzip -9", "brotli", "aim", "most"])}`);
  let tooLarge = 0;
  for (const { name, contents, aim = "", most = "" } of rows) {
    const sum = (size) => contents.reduce((total, content) => total + size(content).length, 0);
    const gzip = sum((content) => gzipSync(content, { level: 9 }));
    const isTooLarge = gzip > (most || Infinity);
    console.log(row([name, sum((content) => content), gzip, sum(brotliCompressSync), aim, most]) + (isTooLarge ? "  TOO LARGE" : ""));
    tooLarge += isTooLarge ? 1 : 0;
  }
  return tooLarge;
}

const tooLarge = table("what a page loads", LOADED) + table("of what it is made", PARTS);
process.exitCode = tooLarge ? 1 : 0;
