// Measures one client in its own process: `node node.mjs <module> <url> start|work|memory`. Prints the results as JSON.

import { CASES, connect, WORK } from "./work.mjs";

const [module, url, what] = process.argv.slice(2);
const MEMORY_EVENTS = 100_000;

/** Returns the processor time of `run` in milliseconds. */
async function cpu(run) {
  const before = process.cpuUsage();
  await run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Measures the time from the import to `connect`. */
async function start() {
  const began = performance.now();
  const { io } = await import(module);
  const socket = await connect(io, url);
  const took = performance.now() - began;
  socket.disconnect();
  return { "import to connect, ms": took };
}

async function work() {
  const { io } = await import(module);
  const socket = await connect(io, url);
  const result = {};
  for (const [way, run] of Object.entries(WORK)) {
    for (const [name, [times]] of Object.entries(CASES)) {
      await run(socket, name);
      result[`${way} ${name}, us`] = ((await cpu(() => run(socket, name))) * 1_000) / times;
    }
  }
  socket.disconnect();
  return result;
}

/** Measures the growth of the heap after many events and a garbage collection. */
async function memory() {
  const { io } = await import(module);
  const socket = await connect(io, url);
  const used = () => {
    globalThis.gc();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    return (heapUsed + arrayBuffers) / 1_024;
  };
  const before = used();
  socket.on("event", () => {});
  const sent = new Promise((resolve) => socket.once("sent", resolve));
  socket.emit("send", MEMORY_EVENTS, "x".repeat(100));
  await sent;
  const grown = used() - before;
  socket.disconnect();
  return { "grown after 100,000 events, KiB": grown };
}

console.log(JSON.stringify(await { start, work, memory }[what]()));
process.exit(0);
