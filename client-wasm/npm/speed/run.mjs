// Compares the speed of this package with socket.io-client 4.8.4: `cargo xtask speed npm`, which builds the package first. Both clients take
// turns, and no figure fails the run.

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { requireDist } from "../scripts/built.mjs";
import { startServer } from "./children.mjs";
import { CLIENTS } from "./clients.mjs";
import { GROUPS } from "./groups.mjs";
import { Report } from "./report.mjs";
import { slowNetwork } from "./slow-network.mjs";

const { values: options } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(GROUPS).join() },
    /** The part of the events that is measured: the tests run a small one. */
    part: { type: "string", default: "1" },
    json: { type: "string" },
    markdown: { type: "boolean" },
  },
});
const groups = options.only.split(",");
const rounds = Number(options.rounds);
const folder = join(import.meta.dirname, "..", "build", "speed");

/** Starts what the groups need. */
async function prepare() {
  const needs = new Set(groups.flatMap((group) => GROUPS[group].needs));
  mkdirSync(folder, { recursive: true });
  const server = needs.has("server") ? await startServer(folder) : undefined;
  const chromium = needs.has("chromium") ? await (await import("./chromium.mjs")).Chromium.start(server.url, folder) : undefined;
  const slow = server && (await slowNetwork(server.url));
  return { part: Number(options.part), server, slow, chromium };
}

/** In a terminal, a line that changes; in a log, a line for each step. */
function progress(text) {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text) process.stderr.write(`${text}\n`);
}

async function measure(tools, report) {
  for (let round = 1; round <= rounds; round++) {
    // Neither client is always the first.
    const clients = round % 2 ? CLIENTS : [...CLIENTS].reverse();
    for (const group of groups) {
      for (const client of clients) {
        progress(`round ${round} of ${rounds}: ${group}, ${client}`);
        report.add(group, client, await GROUPS[group].measure(client, tools));
      }
    }
  }
  progress("");
}

requireDist();
const tools = await prepare();
const report = new Report(rounds, tools.chromium?.version);
try {
  await measure(tools, report);
} finally {
  await tools.chromium?.close();
  tools.slow?.stop();
  tools.server?.stop();
}
report.check();
if (options.json) writeFileSync(options.json, report.json());
console.log(options.markdown ? report.markdown() : report.text());
