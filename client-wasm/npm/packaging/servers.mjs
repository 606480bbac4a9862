// Starts the servers of server-testbed, and Redis, as child processes on free ports.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../../server-testbed/peers/free-port.js";
import { printed } from "./limit.mjs";

const repository = join(import.meta.dirname, "../../..");
const PYTHON = join(repository, "server-testbed/peers/python");
const TESTBED = join(process.env.CARGO_TARGET_DIR || join(repository, "target"), "debug", "tidewire-testbed");

/** Starts socketio2, socketio4, egg, laravel, bridge, a program with its folder such as `laravel/auth`, or our `testbed`, which `cargo build -p tidewire-testbed` builds, with `options`. Its port is free when the promise of `stop` resolves. */
export async function startServer(name, env = {}, options = []) {
  const [program, args] =
    name === "testbed"
      ? [TESTBED, ["--port", env.PORT || "0", ...options]]
      : [process.execPath, [join(repository, "server-testbed/peers", name.includes("/") ? `${name}.js` : `${name}/server.js`)]];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PORT: "0", ...env } });
  const started = (text) => {
    const [, port] = /listening on (\d+)/.exec(text) || [];
    const [, sessions] = /webtransport on (\d+)/.exec(text) || [];
    return port && (sessions || !env.WEBTRANSPORT) && { port, sessions };
  };
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const ports = await printed(child, `the server ${name}`, started);
  const stop = (signal) => {
    child.kill(signal);
    return ended;
  };
  return { ...ports, stop };
}

/** Starts the front of a server's `sessions` for WebTransport on a UDP port: that of the `testbed`, or the one on `aioquic`. Returns the hash of its `certificate`. */
export async function startFront(sessions, port, kind = "testbed") {
  const child = FRONTS[kind](sessions, port);
  const certificate = await printed(child, "the front", (text) => /certificate (\w+)\nlistening/.exec(text)?.[1]);
  return { certificate, stop: () => child.kill() };
}

const FRONTS = {
  testbed: (sessions, port) => {
    const args = ["webtransport-front", "--to", `127.0.0.1:${sessions}`, "--port", port];
    return spawn(TESTBED, args, { stdio: ["ignore", "pipe", "inherit"] });
  },
  aioquic: (sessions, port) => {
    const env = { ...process.env, PORT: port, SESSION_PORT: sessions };
    return spawn("env-quic/bin/python", ["webtransport_front.py"], { cwd: PYTHON, stdio: ["ignore", "pipe", "inherit"], env });
  },
};

/** Starts a Redis without persistence. */
export async function startRedis() {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "tidewire-redis-"));
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  const remove = () => rmSync(directory, { recursive: true });
  try {
    await printed(child, "Redis", (text) => /Ready to accept/.test(text));
  } catch (error) {
    remove();
    throw error;
  }
  const stop = () => {
    child.kill();
    remove();
  };
  return { port, stop };
}
