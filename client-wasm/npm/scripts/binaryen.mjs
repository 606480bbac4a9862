// Runs the tools of npm's `binaryen`, and says whether a file is WebAssembly as it was at first (MVP).

import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const bin = join(dirname(createRequire(import.meta.url).resolve("binaryen/package.json")), "bin");

/** Runs a tool; throws with its own words when it fails. */
export function run(tool, ...args) {
  try {
    return execFileSync(process.execPath, [join(bin, tool), ...args], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  } catch (error) {
    throw new Error(`${tool} ${args.join(" ")}: ${error.stderr}`);
  }
}

/** Calls `use` with a directory that is there for so long. */
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
