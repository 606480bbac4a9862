// Runs the scenarios of test/servers with the packed package in Node, Bun and Deno: each official server, over each transport.

import { execFile } from "node:child_process";
import { once } from "node:events";
import { cpSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { promisify } from "node:util";

import { buildSync } from "esbuild";

import { app, pack } from "./packed.mjs";
import { startServer } from "./servers.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const work = join(npm, "build", "runtimes");
const bin = (name) => join(here, "node_modules", ".bin", name);
const execute = promisify(execFile);

const RUNTIMES = {
  Node: [process.execPath],
  Bun: [bin("bun")],
  Deno: [join(here, "node_modules/@deno/linux-x64-glibc/deno"), "run", "--allow-all", "--no-lock"],
};
// The package of Deno contains the program of one platform: Linux on x64.
if (process.platform !== "linux" || process.arch !== "x64") delete RUNTIMES.Deno;

const SERVERS = { socketio2: "eio3", socketio4: "eio4" };
const TRANSPORTS = ["polling", "websocket", "polling,websocket"];

/** Creates a folder with the packed package and the bundled scenarios. */
function build() {
  const folder = app(work, "app", pack(work));
  // Node 20 has no WebSocket of its own.
  cpSync(join(npm, "node_modules", "ws"), join(folder, "node_modules", "ws"), { recursive: true });
  buildSync({
    entryPoints: [join(here, "apps", "runtime.js")],
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["tidewire"],
    outfile: join(folder, "runtime.mjs"),
    logLevel: "error",
  });
  return folder;
}

async function run([program, ...command], args, cwd, file = "runtime.mjs") {
  try {
    const { stdout } = await execute(program, [...command, file, ...args], { cwd, timeout: 120_000 });
    return stdout.trim();
  } catch (error) {
    return `${error.stdout}${error.stderr}` || String(error);
  }
}

/** Returns the methods of the requests that arrive at a server that answers the first, third, ... and resets the others. */
async function requests(command, cwd) {
  const methods = [];
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.on("data", (data) => {
      const isAnswered = methods.push(/^[A-Z]+/.exec(data)[0]) % 2;
      if (isAnswered) socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
      else socket.resetAndDestroy();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const output = await run(command, [`http://127.0.0.1:${server.address().port}/`], cwd, "once.js");
  server.close();
  return output + methods.join();
}

const folder = build();
let failed = 0;
for (const [runtime, command] of Object.entries(RUNTIMES)) {
  const output = await requests(command, folder);
  const isGood = output === "GET,POST,GET,GET";
  if (!isGood) failed++;
  console.log(`${isGood ? "ok     " : "FAILED "} ${runtime}, each request is sent once: ${output}`);
}
for (const [name, engineVersion] of Object.entries(SERVERS)) {
  const server = await startServer(name);
  for (const [runtime, command] of Object.entries(RUNTIMES)) {
    for (const transports of TRANSPORTS) {
      const output = await run(command, [`http://127.0.0.1:${server.port}`, engineVersion, transports], folder);
      const isGood = /^\d+ scenarios$/.test(output);
      if (!isGood) failed++;
      console.log(`${isGood ? "ok     " : "FAILED "} ${runtime}, ${name} over ${transports}: ${output}`);
    }
  }
  server.stop();
}
process.exit(failed ? 1 : 0);
