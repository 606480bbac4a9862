// The groups of measurements. Each measures one client once, and returns a number for each row.

import { child } from "./children.mjs";
import { BARE, bundle, bundleLazy, fileOf, moduleOf, OURS } from "./clients.mjs";

/** How often a start is measured in a round: its value is the median. */
const STARTS = 5;

/** `needs`: the programs that a group needs beside Node. */
export const GROUPS = {
  library: {
    title: "The library alone, with a fake WebSocket, in Node: processor time of one event, microseconds",
    needs: [],
    measure: library,
  },
  node: {
    title: "With a server, in Node: processor time of one event, microseconds. Received events are all there before they are read",
    needs: ["server"],
    measure: (client, { part, server }) => child("sockets.mjs", [moduleOf(client), server.url, part], server.write),
  },
  chromium: {
    title: `With a server, in Chromium: processor time of the main thread for one event, microseconds. "The library" is the difference \
to a page that exchanges the same frames by a bare WebSocket; large events hide it`,
    needs: ["server", "chromium"],
    measure: pages,
  },
  start: {
    title: "Start, milliseconds; `busy` is processor time. The slow network has 1.6 Mbit/s, and a round trip of 150 ms",
    needs: ["server", "chromium"],
    measure: starts,
  },
  memory: {
    title: "Memory in Node after a garbage collection, KiB",
    needs: ["server"],
    measure: (client, { part, server }) => child("memory.mjs", [moduleOf(client), server.url, part]),
  },
};

/** The frames that the first client sent; the second must send the same. */
const sentBefore = {};

/** An application has one parser, so each has a process: engines compile code for the values that it has met. */
async function library(client, { part }) {
  const results = {};
  for (const kind of ["default", "custom"]) {
    const { result, sent } = await child("library.mjs", [kind, bundle(client, "client.mjs"), bundle(BARE, "parser.mjs"), part]);
    for (const [row, work] of Object.entries(sent)) {
      if ((sentBefore[row] ??= work) !== work) throw new Error(`${row}: ${client} sent ${work}, the other client ${sentBefore[row]}`);
    }
    Object.assign(results, result);
  }
  return results;
}

async function pages(client, { part, chromium }) {
  const bare = await chromium.work(bundle(BARE, "bare.js"), part);
  const whole = await chromium.work(bundle(client, "page.js"), part);
  const rows = Object.entries(whole).flatMap(([row, time]) => [[row, time], [`${row}: the library`, time - bare[row]]]);
  return Object.fromEntries(rows.filter(([row]) => !/64 kB.*library/.test(row)));
}

async function starts(client, tools) {
  const all = [];
  for (let n = 0; n < (tools.part < 1 ? 1 : STARTS); n++) all.push(await start(client, tools));
  return Object.fromEntries(Object.keys(all[0]).map((row) => [row, median(all.map((one) => one[row]))]));
}

async function start(client, { server, slow, chromium }) {
  const alone = await child("start.cjs", ["import", bundle(client, "client.mjs"), "fake"]);
  const esm = await child("start.cjs", ["import", moduleOf(client), server.url]);
  const commonjs = await child("start.cjs", ["require", fileOf(client), server.url]);
  const script = bundle(client, "cold.js");
  const near = await chromium.cold(script);
  const far = await chromium.cold(script, slow.url);
  const lazy = client === OURS ? await bundleLazy("cold.js") : script;
  const nearLazy = await chromium.cold(lazy);
  const farLazy = await chromium.cold(lazy, slow.url);
  return {
    "library alone, import to connected": alone.loaded,
    "Node, import to connected": esm.loaded,
    "Node, process to connected": esm.started,
    "Node, process to connected: busy": esm.busy,
    "Node, require to connected": commonjs.loaded,
    "Node, process to connected, CommonJS": commonjs.started,
    "Node, process to connected, CommonJS: busy": commonjs.busy,
    "page, opened to connected": near.connected,
    "page, opened to connected: busy": near.busy,
    "page over a slow network, opened to script run": far.run,
    "page over a slow network, opened to connected": far.connected,
    "page, opened to connected: ./lazy": nearLazy.connected,
    "page over a slow network, opened to script run: ./lazy": farLazy.run,
    "page over a slow network, opened to connected: ./lazy": farLazy.connected,
  };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
