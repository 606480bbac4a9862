/** Starts the official servers as child processes (server-testbed/CONTRACT.md). */

import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { printed } from "../../packaging/limit.mjs";
import type { EngineVersion } from "../../src/options.js";

export const PEERS = join(process.cwd(), "../../server-testbed/peers");

type Ports = { freePort(): Promise<number> };
export const { freePort }: Ports = createRequire(import.meta.url)(join(PEERS, "free-port.js"));

export interface Peer {
  url: string;
  engineVersion: EngineVersion;
  /** The port for sessions of WebTransport, if they were asked for. */
  webtransport: string | undefined;
  /** Resolves when its port is free. */
  stop(): Promise<void>;
}

/** The testbed, which `cargo build -p tidewire-testbed` builds. */
export const PROGRAM = join(process.env.CARGO_TARGET_DIR || join(process.cwd(), "../../target"), "debug/tidewire-testbed");

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
  testbed: ["eio4", PROGRAM],
} as const;

/** Starts a server on a free port; `env` is added to its environment. */
export async function start(name: keyof typeof SERVERS, env: Record<string, string> = {}): Promise<Peer> {
  const [engineVersion, program, environment] = SERVERS[name];
  const [interpreter, args] =
    name === "testbed" ? [program, []] : [environment ? join(PEERS, environment, "bin/python") : process.execPath, [join(PEERS, program)]];
  const variables = { PORT: "0", ...env };
  const child = spawn(interpreter, args, {
    // Flask writes each request to standard error.
    stdio: ["ignore", "pipe", environment ? "ignore" : "inherit"],
    env: { ...process.env, ...(name === "testbed" ? prefixed(variables) : variables) },
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const stop = () => {
    child.kill();
    return ended;
  };
  const [port, sessions] = await printed(child, `the server ${name}`, (text) => {
    const [, port] = /listening on (\d+)/.exec(text) || [];
    const [, sessions] = /webtransport on (\d+)/.exec(text) || [];
    return port && (sessions || !env["WEBTRANSPORT"]) ? [port, sessions] : undefined;
  });
  return { url: `http://127.0.0.1:${port}`, engineVersion, webtransport: sessions, stop };
}

/** The testbed has a prefix before the names of its variables. */
const prefixed = (variables: Record<string, string>) =>
  Object.fromEntries(Object.entries(variables).map(([name, value]) => [`TIDEWIRE_${name}`, value]));

/** Starts a Redis server without persistence. */
export async function startRedis(): Promise<{ port: string; stop(): void }> {
  const port = String(await freePort());
  const args = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(" ");
  const child = spawn("redis-server", [...args, ""], { stdio: ["ignore", "pipe", "inherit"] });
  await printed(child, "Redis", (text) => /Ready to accept connections/.exec(text) || undefined);
  return { port, stop: () => child.kill() };
}
