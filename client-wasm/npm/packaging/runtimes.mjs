// The scenarios of test/servers in Node, Bun and Deno, with the packed package: each official server, over each transport.

import { execFile } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

import { buildSync } from "esbuild";

import { app, pack } from "./packed.mjs";
import { startServer } from "./servers.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const work = join(npm, "build", "runtimes");
const bin = (name) => join(here, "node_modules", ".bin", name);
const ask = promisify(execFile);

const RUNTIMES = {
  Node: [process.execPath],
  Bun: [bin("bun")],
  Deno: [join(here, "node_modules/@deno/linux-x64-glibc/deno"), "run", "--allow-all", "--no-lock"],
};
// A package of Deno's has one platform's program in it: here Linux's, on x64.
if (process.platform !== "linux" || process.arch !== "x64") delete RUNTIMES.Deno;

const SERVERS = { socketio2: "eio3", socketio4: "eio4" };
const WAYS = ["polling", "websocket", "polling,websocket"];

/** A folder with the packed package, and the scenarios in one file beside it. */
function build() {
  const folder = app(work, "app", pack(work));
  // Node has WebSockets of its own since 22.
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

async function run([program, ...words], args, cwd) {
  try {
    const { stdout } = await ask(program, [...words, "runtime.mjs", ...args], { cwd, timeout: 120_000 });
    return stdout.trim();
  } catch (error) {
    return `${error.stdout}${error.stderr}` || String(error);
  }
}

const folder = build();
let failed = 0;
for (const [name, engineVersion] of Object.entries(SERVERS)) {
  const server = await startServer(name);
  for (const [runtime, words] of Object.entries(RUNTIMES)) {
    for (const way of WAYS) {
      const said = await run(words, [`http://127.0.0.1:${server.port}`, engineVersion, way], folder);
      const good = /^\d+ scenarios$/.test(said);
      if (!good) failed++;
      console.log(`${good ? "ok     " : "FAILED "} ${runtime}, ${name} over ${way}: ${said}`);
    }
  }
  server.stop();
}
process.exit(failed ? 1 : 0);
