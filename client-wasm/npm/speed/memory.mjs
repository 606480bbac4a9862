// Measures the memory of a client: `node --expose-gc memory.mjs <module> <url> <part>`. Prints KiB as JSON.

import { connect, receive, send } from "./work.mjs";

const [module, url, part] = process.argv.slice(2);
const EVENTS = 100_000;
const PORTION = 10_000;

function used() {
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1_024;
}

const before = used();
const { io } = await import(module);
const socket = await connect(io, url);
const connected = used();
for (let count = 0; count < EVENTS * part; count += PORTION) {
  const times = Math.ceil(PORTION * Math.min(1, part));
  await receive(socket, "20 B", times, (all) => {
    socket.emit("go");
    return all();
  });
  await send(socket, "20 B", times);
}
const after = used();
console.log(JSON.stringify({ "loaded and connected": connected - before, "after 100,000 events each way": after - before }));
process.exit(0);
