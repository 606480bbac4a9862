// Runs all behaviours with socket.io-client and with tidewire, with its direct lane (src/lane.ts) and without it, and compares the logs. See
// README.md.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireCore } from "../../scripts/built.mjs";
import { mangled } from "../../scripts/mangle.mjs";

const here = import.meta.dirname;
const wanted = process.argv[2] ?? "";
const differences = JSON.parse(readFileSync(join(here, "differences.json"), "utf8"));

/** Milliseconds for all behaviours of a client. */
const LIMIT = 600_000;

/** Bundles tidewire. Returns the file. */
function built(name, inject) {
  const outfile = join(here, "../../build", name);
  buildSync({
    entryPoints: [join(here, "../../src/entry/node.ts")],
    outfile,
    bundle: true,
    inject,
    loader: { ".wasm": "binary" },
    target: "node20",
    platform: "node",
    format: "esm",
    logLevel: "error",
    ...mangled(),
  });
  return outfile;
}

/** Returns the log of each behaviour, by name. */
function logs(client, major) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(here, "child.mjs"), client, major, wanted], { stdio: ["ignore", "pipe", "inherit"], timeout: LIMIT });
    let text = "";
    child.stdout.on("data", (part) => (text += part));
    child.on("error", reject);
    child.on("exit", (code, signal) => {
      if (code !== 0) return reject(new Error(`${client}, ${major}.x: exit code ${code ?? signal}\n${text.slice(-2000)}`));
      resolve(
        new Map(
          text
            .trim()
            .split("\n")
            .filter(Boolean)
            .map((line) => JSON.parse(line))
            .map(({ name, log }) => [name, log]),
        ),
      );
    });
  });
}

const show = (log) => log.map((line) => `      ${line}`).join("\n");

/** Returns the logs of both directories of behaviours. */
const all = async (client) => new Map([...(await logs(client, "4")), ...(await logs(client, "2"))]);

requireCore();
const files = [built("test-entry.mjs", []), built("test-entry-lane-off.mjs", [join(here, "../support/lane-off.ts")])];
const [theirs, ours, withoutLane] = await Promise.all([all("reference"), ...files.map(all)]);
let same = 0;
const failures = [];
for (const [name, log] of theirs) {
  const own = ours.get(name) ?? [];
  const equal = JSON.stringify(log) === JSON.stringify(own);
  if (equal) same++;
  if (equal && name in differences) failures.push(`${name}: listed as a difference, but equal`);
  if (!equal && !(name in differences)) failures.push(`${name}\n    socket.io-client:\n${show(log)}\n    tidewire:\n${show(own)}`);
  const off = withoutLane.get(name) ?? [];
  if (JSON.stringify(own) !== JSON.stringify(off)) {
    failures.push(`${name}\n    with the direct lane:\n${show(own)}\n    without it:\n${show(off)}`);
  }
  if (wanted && equal) console.log(`${name}: equal\n${show(log)}`);
}
if (!wanted) {
  for (const name of Object.keys(differences))
    if (!theirs.has(name)) failures.push(`${name}: listed as a difference, but there is no such behaviour`);
}
for (const failure of failures) console.log(`- ${failure}\n`);
console.log(`${theirs.size} behaviours: ${same} equal, ${Object.keys(differences).length} listed differences, ${failures.length} failures`);
process.exitCode = failures.length ? 1 : 0;
