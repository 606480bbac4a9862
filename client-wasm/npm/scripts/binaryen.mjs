// Runs the tools of the npm package `binaryen`, and checks that a file is WebAssembly MVP.

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const bin = join(dirname(createRequire(import.meta.url).resolve("binaryen/package.json")), "bin");

/** Runs a tool and returns its output. Throws an error with its messages. */
export function run(tool, ...args) {
  try {
    return execFileSync(process.execPath, [join(bin, tool), ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`${tool} ${args.join(" ")}: ${error.stderr}`);
  }
}

/** Calls `use` with a temporary directory, which is removed afterwards. */
export function withDirectory(use) {
  const directory = mkdtempSync(join(tmpdir(), "tidewire-"));
  try {
    return use((name) => join(directory, name));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/**
 * Throws unless the file needs nothing beyond MVP. The features that a file says it needs must go first: `--mvp-features` would
 * allow them again, and find nothing amiss.
 */
export function checkMvp(file) {
  withDirectory((within) => {
    run("wasm-opt", "--all-features", "--strip-target-features", file, "-o", within("stripped.wasm"));
    run("wasm-opt", "--mvp-features", within("stripped.wasm"), "-o", within("valid.wasm"));
  });
}
