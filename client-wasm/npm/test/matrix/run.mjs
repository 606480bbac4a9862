// The compatibility table: every server, every client, every transport. Each cell is a short conversation behind a fault proxy.
//
// `node test/matrix/run.mjs [--servers A,B] [--clients A,B] [--only PART]` runs a part; all of it writes docs/compatibility.md. Exits with
// status 1 if a cell failed. `cargo xtask matrix` builds what it needs.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { requireDist } from "../../scripts/built.mjs";
import { CLIENTS, official } from "./clients.mjs";
import { DOCS, startProxy } from "./programs.mjs";
import { SERVERS, stepsOf } from "./servers.mjs";
import { page, TRANSPORTS } from "./table.mjs";

/** Milliseconds for a cell, and for the official client to do what a server lacks. */
const LIMIT = 30_000;
const LACK_LIMIT = 3000;
/** Servers that run at a time. */
const AT_A_TIME = 2;

const { values } = parseArgs({ options: { servers: { type: "string" }, clients: { type: "string" }, only: { type: "string", default: "" } } });

function chosen(all, wanted, what) {
  const names = wanted ? wanted.split(",") : Object.keys(all);
  const unknown = names.find((name) => !all[name]);
  if (unknown) throw new Error(`no ${what} has the name ${unknown}: ${Object.keys(all).join(", ")}`);
  return names;
}

/** Rejects if `work` has not ended in time; aborts its signal then. */
function bounded(limit, work) {
  const abort = new AbortController();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not finished after ${limit} ms`)), limit);
  });
  return Promise.race([work(abort.signal), late]).finally(() => {
    clearTimeout(timer);
    abort.abort();
  });
}

/** Runs one conversation behind a proxy of its own. Resolves with the reason of a failure. */
async function converse(server, run, cell, limit) {
  const proxy = await startProxy(server.url);
  let step = "start";
  const begin = (name) => {
    step = name;
  };
  try {
    await bounded(limit, (signal) => run({ ...cell, url: proxy.url, begin, cut: () => proxy.cut(), signal }));
    return "";
  } catch (error) {
    return `${step}: ${String(error.message || error).split("\n")[0]}`;
  } finally {
    proxy.stop();
  }
}

/** Returns what the official client can do although the table says that the server lacks it. */
async function staleLacks(server, { official: major, lacks = {}, adds }) {
  const checks = Object.keys(lacks).map(async (lack) => {
    const words = lack.split(" ");
    const transport = TRANSPORTS.includes(words[0]) ? words.shift() : "polling";
    const cell = { transport, steps: words.length ? words : adds || ["acks"] };
    const why = await converse(server, (it) => official(major, it), cell, LACK_LIMIT);
    return why ? [] : [`${lack}: socket.io-client ${major} can do it, so it is no limit of the server`];
  });
  return (await Promise.all(checks)).flat();
}

async function runServer(name, clients, cells) {
  const entry = SERVERS[name];
  const server = await entry.start();
  try {
    const runs = clients.map(async ([client, { run }]) => {
      for (const transport of TRANSPORTS) {
        const title = `${name} ${client} ${transport}`;
        const steps = stepsOf(entry, transport);
        if (!steps || !title.includes(values.only)) continue;
        const why = await converse(server, run, { transport, steps, version: entry.version }, LIMIT);
        cells.set(title, why);
        console.log(`${why ? "FAILED" : "passed"}  ${title}${why ? `: ${why}` : ""}`);
      }
    });
    const [stale] = await Promise.all([values.only ? [] : staleLacks(server, entry), ...runs]);
    for (const text of stale) console.log(`FAILED  ${name}: ${text}`);
    return stale.length;
  } finally {
    server.stop();
  }
}

requireDist();
const servers = chosen(SERVERS, values.servers, "server");
const names = chosen(CLIENTS, values.clients, "client");
const clients = [];
let failed = 0;
const cells = new Map();
try {
  for (const name of names) clients.push([name, await CLIENTS[name]()]);
  const waiting = [...servers];
  const work = async () => {
    for (let name = waiting.shift(); name; name = waiting.shift()) failed += await runServer(name, clients, cells);
  };
  await Promise.all(Array.from({ length: AT_A_TIME }, work));
} finally {
  for (const [, client] of clients) await client.stop();
}
for (const why of cells.values()) if (why) failed++;
const text = page(servers, clients, cells);
console.log(`\n${text}`);
const isWhole = !values.servers && !values.clients && !values.only;
if (isWhole && !failed) writeFileSync(join(DOCS, "compatibility.md"), text);
console.log(`${cells.size} conversations, ${failed} failed`);
process.exit(failed || !cells.size ? 1 : 0);
