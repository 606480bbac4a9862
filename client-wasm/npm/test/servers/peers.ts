/** Starts the official servers as child processes (server-testbed/CONTRACT.md). */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { EngineVersion } from "../../src/options.js";

export const PEERS = join(process.cwd(), "../../server-testbed/peers");

export interface Peer {
  url: string;
  engineVersion: EngineVersion;
  stop(): void;
}

/** The Engine.IO version of each server, its program, and for Python the environment of its packages. */
const SERVERS = {
  socketio2: ["eio3", "socketio2/server.js"],
  socketio4: ["eio4", "socketio4/server.js"],
  egg: ["eio3", "egg/server.js"],
  python4: ["eio3", "python/server.py", "python/env-4"],
  python5: ["eio4", "python/server.py", "python/env-5"],
  flask4: ["eio3", "python/flask_server.py", "python/env-4"],
  flask5: ["eio4", "python/flask_server.py", "python/env-5"],
  laravelEcho: ["eio3", "laravel/server.js"],
  bridge: ["eio3", "bridge/server.js"],
} as const;

/** Starts a server on a free port; `env` is added to its environment. */
export async function start(name: keyof typeof SERVERS, env: Record<string, string> = {}): Promise<Peer> {
  const [engineVersion, program, environment] = SERVERS[name];
  const interpreter = environment ? join(PEERS, environment, "bin/python") : process.execPath;
  const child = spawn(interpreter, [join(PEERS, program)], {
    // Flask writes each request to standard error.
    stdio: ["ignore", "pipe", environment ? "ignore" : "inherit"],
    env: { ...process.env, PORT: "0", ...env },
  });
  const port = await output(child, /listening on (\d+)/);
  return { url: `http://127.0.0.1:${port}`, engineVersion, stop: () => child.kill() };
}

/** Starts a Redis server without persistence. */
export async function startRedis(): Promise<{ port: string; stop(): void }> {
  const port = await freePort();
  const args = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(" ");
  const child = spawn("redis-server", [...args, ""], { stdio: ["ignore", "pipe", "inherit"] });
  await output(child, /Ready to accept (connections)/);
  return { port, stop: () => child.kill() };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await once(server.close(), "close");
  return String(port);
}

/** Returns the group of `pattern` once the output of the program matches. */
function output(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part) => {
      const [, found] = pattern.exec((text += part)) || [];
      if (found) resolve(found);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server exited with code ${code}: ${text}`)));
  });
}
