// Runs all behaviours with socket.io-client and with tidewire, and compares the logs. See README.md.

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { mangled } from "../../scripts/mangle.mjs";

const here = import.meta.dirname;
const wanted = process.argv[2] ?? "";
const differences = JSON.parse(readFileSync(join(here, "differences.json"), "utf8"));

buildSync({
  entryPoints: [join(here, "../../src/entry/node.ts")],
  outfile: join(here, "../../build/test-entry.mjs"),
  bundle: true,
  loader: { ".wasm": "binary" },
  target: "node20",
  platform: "node",
  format: "esm",
  logLevel: "error",
  ...mangled(),
});

/** Returns the log of each behaviour, by name. */
function logs(client, major) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(here, "child.mjs"), client, major, wanted], { stdio: ["ignore", "pipe", "inherit"] });
    let text = "";
    child.stdout.on("data", (part) => (text += part));
    child.on("error", reject);
    child.on("exit", (code) => {
      if (code) return reject(new Error(`${client}: exit code ${code}\n${text.slice(-2000)}`));
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

const [theirs, ours] = await Promise.all([all("reference"), all("ours")]);
let same = 0;
const failures = [];
for (const [name, log] of theirs) {
  const own = ours.get(name) ?? [];
  const equal = JSON.stringify(log) === JSON.stringify(own);
  if (equal) same++;
  if (equal && name in differences) failures.push(`${name}: listed as a difference, but equal`);
  if (!equal && !(name in differences)) failures.push(`${name}\n    socket.io-client:\n${show(log)}\n    tidewire:\n${show(own)}`);
  if (wanted && equal) console.log(`${name}: equal\n${show(log)}`);
}
if (!wanted) {
  for (const name of Object.keys(differences))
    if (!theirs.has(name)) failures.push(`${name}: listed as a difference, but there is no such behaviour`);
}
for (const failure of failures) console.log(`- ${failure}\n`);
console.log(`${theirs.size} behaviours: ${same} equal, ${Object.keys(differences).length} listed differences, ${failures.length} failures`);
process.exitCode = failures.length ? 1 : 0;
