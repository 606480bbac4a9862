// Measures how long a client takes to connect: `node start.cjs import|require <module> <url>`. With the URL `fake`, the network is a fake.
// Prints milliseconds as JSON.

const [way, module_, url] = process.argv.slice(2);
const load = way === "require" ? async (name) => require(name) : (name) => import(name);

async function start() {
  if (url === "fake") globalThis.WebSocket = (await import("./fake-socket.mjs")).FakeSocket;
  const began = performance.now();
  const { io } = await load(module_);
  const socket = io(url === "fake" ? "http://fake" : url, { transports: ["websocket"] });
  await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
  const now = performance.now();
  const { user, system } = process.cpuUsage();
  console.log(JSON.stringify({ loaded: now - began, started: now, busy: (user + system) / 1_000 }));
  process.exit(0);
}

start();
