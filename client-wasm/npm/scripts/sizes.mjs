// The sizes of what a user loads, as a table. Fails when something is larger than its budget.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";

import { buildSync } from "esbuild";

const npm = join(import.meta.dirname, "..");

/** A part of the package as esbuild makes it for a user. */
function bundled(contents) {
  const stdin = { contents, resolveDir: npm };
  const { outputFiles } = buildSync({ stdin, bundle: true, minify: true, format: "esm", write: false, target: "es2017", logLevel: "error" });
  return outputFiles[0].contents;
}

const file = (name) => readFileSync(join(npm, name));

/** With the aim, and the most that is let pass, in bytes of gzip. The core's aim cannot be met: see README.md, "Size". */
const PARTS = [
  { name: "core.wasm", content: file("build/core.wasm"), aim: 10_000, most: 24_000 },
  { name: "core as JavaScript (twin.js)", content: file("build/twin.js") },
  { name: "machine in TypeScript", content: bundled('export * from "./src/machine/wasm.ts"'), aim: 1_200, most: 2_600 },
  { name: "machine with the core inlined", content: bundled('export * from "./src/machine/inline.ts"') },
  { name: "machine with the twin", content: bundled('export * from "./src/machine/twin.ts"') },
];

const row = (cells) => cells.map((cell, at) => (at ? String(cell).padStart(9) : cell.padEnd(32))).join("");
console.log(row(["", "raw", "gzip -9", "brotli", "aim", "most"]));
let tooLarge = false;
for (const { name, content, aim = "", most = "" } of PARTS) {
  const gzip = gzipSync(content, { level: 9 }).length;
  tooLarge ||= gzip > (most || Infinity);
  console.log(row([name, content.length, gzip, brotliCompressSync(content).length, aim, most]) + (gzip > (most || Infinity) ? "  TOO LARGE" : ""));
}
process.exitCode = tooLarge ? 1 : 0;
