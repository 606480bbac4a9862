// Measures a client with a real socket: `node --expose-gc sockets.mjs <module> <url> <part>`. Prints the processor time of each case in
// microseconds as JSON. Before it reads events, it writes the line `ready`, and blocks until its input has a line: then all are there.

import { readSync, writeSync } from "node:fs";

import { fitting, NAMES, timesOf } from "./cases.mjs";
import { processorTime } from "./processor-time.mjs";
import { connect, receive, send } from "./work.mjs";

const [module, url, part] = process.argv.slice(2);

/** Bytes that the buffers of the system hold: the server must be able to write all of them before the client reads. */
const HELD = 400_000;

const { io } = await import(module);
const socket = await connect(io, url);

/** Waits until the events are there, and then measures how long it takes to read them. */
async function held(all) {
  writeSync(1, "ready\n");
  readSync(0, Buffer.alloc(1));
  took += await processorTime(all);
}

let took;

async function receiveInParts(name, times) {
  took = 0;
  for (let left = times; left > 0; ) {
    const count = Math.min(left, fitting(name, HELD));
    await receive(socket, name, count, held);
    left -= count;
  }
}

async function sendAll(name, times) {
  took = await processorTime(() => send(socket, name, times));
}

const result = {};

async function measure(title, run, name) {
  const times = timesOf(name, part);
  // The compiler has optimized the code when it is measured.
  await run(name, times);
  globalThis.gc();
  await run(name, times);
  result[title] = (took * 1_000) / times;
}

for (const name of NAMES) await measure(`receive ${name}`, receiveInParts, name);
for (const name of NAMES) await measure(`send ${name}`, sendAll, name);
console.log(JSON.stringify(result));
process.exit(0);
