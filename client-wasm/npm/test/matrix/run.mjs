// The compatibility table: every server, every client, every route. Each cell is a short conversation behind a fault proxy.
//
// `node test/matrix/run.mjs [--servers A,B] [--clients A,B] [--only PART]` runs a part; all of it writes docs/compatibility.md. Exits with
// status 1 if a cell failed. `cargo xtask matrix` builds what it needs.

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { requireDist } from "../../scripts/built.mjs";
import { CLIENTS, official } from "./clients.mjs";
import { DOCS, startProxy } from "./programs.mjs";
import { routesOf, SERVERS, stepsOf } from "./servers.mjs";
import { lacksRoutes, page } from "./table.mjs";

/** Milliseconds for a cell, and for the official client to do what a server lacks. */
const LIMIT = 60_000;
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

/** Runs one conversation behind a proxy of its own: in front of the site, for a page. Resolves with the reason of a failure. */
async function converse({ url, front }, client, cell, limit) {
  const site = await client.serve?.(url);
  const proxy = await startProxy(site?.url || url, front);
  let step = "start";
  const begin = (name) => {
    step = name;
  };
  const whole = { ...cell, certificate: front?.certificate, url: proxy.url, begin, cut: () => proxy.cut() };
  try {
    await bounded(limit, (signal) => client.run({ ...whole, signal }));
    return "";
  } catch (error) {
    return `${step}: ${String(error.message || error).split("\n")[0]}`;
  } finally {
    proxy.stop();
    site?.stop();
  }
}

/** Returns what the official client can do although the table says that the server lacks it. */
async function staleLacks(server, entry) {
  const { official: major, lacks = {}, adds } = entry;
  const routes = routesOf(entry);
  const checks = Object.keys(lacks).map(async (lack) => {
    const words = lack.split(" ");
    const transports = routes[routes[words[0]] ? words.shift() : "polling"];
    const cell = { transports, steps: words.length ? words : adds || ["acks"] };
    const why = await converse(server, { run: (it) => official(major, it) }, cell, LACK_LIMIT);
    return why ? [] : [`${lack}: socket.io-client ${major} can do it, so it is no limit of the server`];
  });
  return (await Promise.all(checks)).flat();
}

/** Runs the conversations of a client with a server, one after the other. Returns what it can do although the table says that it cannot. */
async function runClient(name, server, [clientName, client], cells) {
  const entry = SERVERS[name];
  for (const [route, transports] of Object.entries(routesOf(entry))) {
    const title = `${name} ${clientName} ${route}`;
    const steps = stepsOf(entry, route);
    if (!steps || !title.includes(values.only)) continue;
    if (lacksRoutes(entry, client)) {
      const why = await converse(server, client, { transports, steps: ["acks"] }, LACK_LIMIT);
      if (!why) return [`${clientName} has WebTransport, so it is no limit of the client`];
      continue;
    }
    const why = await converse(server, client, { transports, steps, version: entry.version }, LIMIT);
    cells.set(title, why);
    console.log(`${why ? "FAILED" : "passed"}  ${title}${why ? `: ${why}` : ""}`);
  }
  return [];
}

async function runServer(name, clients, cells) {
  const entry = SERVERS[name];
  const server = await entry.start();
  try {
    const runs = clients.map((client) => runClient(name, server, client, cells));
    const stale = (await Promise.all([values.only ? [] : staleLacks(server, entry), ...runs])).flat();
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
