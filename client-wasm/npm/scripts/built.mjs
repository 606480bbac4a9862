// Tells whether build/ was made from the Rust sources as they are now: `node scripts/built.mjs` exits with 1 if it was not.

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const npm = join(import.meta.dirname, "..");
const repository = join(npm, "..", "..");

/** The sources of the core, below the repository's root. Not Cargo.lock: the core has no dependencies. */
const SOURCES = [
  ...["client-core/src", "client-core/Cargo.toml", "client-wasm/src", "client-wasm/Cargo.toml"],
  ...["binaryen", "lower", "pack", "instructions"].map((name) => `client-wasm/npm/scripts/${name}.mjs`),
  "client-wasm/npm/src/machine/unpack.wat",
];

const files = (path) =>
  /\.\w+$/.test(path)
    ? [path]
    : readdirSync(join(repository, path), { recursive: true })
        .filter((name) => /\.\w+$/.test(name))
        .sort()
        .map((name) => `${path}/${name}`);

/** Returns the hash of the names and the contents of the core's sources. */
export function hashOfSources() {
  const hash = createHash("sha256");
  for (const file of SOURCES.flatMap(files)) hash.update(`${file.replaceAll("\\", "/")}\0`).update(readFileSync(join(repository, file))).update("\0");
  return hash.digest("hex");
}

/** Returns the provenance of the core in a folder of the package, or nothing if there is none. */
function provenance(folder) {
  const file = join(npm, folder, "provenance.json");
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : {};
}

/** Returns what is wrong with build/, or with dist/ (`withDist`); `undefined` if nothing is. */
function fault(withDist) {
  const { sources, sha256 } = provenance("build");
  if (!sha256) return "client-wasm/npm/build has no core: run `cargo xtask npm`";
  if (sources !== hashOfSources()) return "the core in client-wasm/npm/build is older than its Rust sources: run `cargo xtask npm`";
  if (!withDist || provenance("dist").sha256 === sha256) return undefined;
  return "client-wasm/npm/dist is not built from client-wasm/npm/build: run `node scripts/dist.mjs` in client-wasm/npm";
}

function check(withDist) {
  const found = fault(withDist);
  if (!found) return;
  console.error(found);
  process.exit(1);
}

/** Ends this program with a message, unless build/ has the core of the sources as they are now. */
export const requireCore = () => check(false);

/** Ends this program with a message, unless dist/ has the core of the sources as they are now. */
export const requireDist = () => check(true);

if (process.argv[1] === import.meta.filename) requireCore();
