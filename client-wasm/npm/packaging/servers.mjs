// Starts the servers of server-testbed, and Redis, as child processes on free ports.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort } from "../../../server-testbed/peers/free-port.js";
import { printed } from "./limit.mjs";
import { launch, PEERS, TESTBED } from "./programs.mjs";

/** Starts socketio2, socketio4, egg, laravel, bridge, a program with its folder such as `laravel/auth`, or our `testbed` with `options`. Its port is free when the promise of `stop` resolves. */
export async function startServer(name, env = {}, options = []) {
  const [program, args] =
    name === "testbed"
      ? [TESTBED, ["--port", env.PORT || "0", ...options]]
      : [process.execPath, [join(PEERS, name.includes("/") ? `${name}.js` : `${name}/server.js`)]];
  const child = launch(program, args, { env: { PORT: "0", ...env } });
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

/**
 * Starts the front of a server's `sessions` for WebTransport: that of the `testbed`, or the one on `aioquic`, which needs a UDP port. Returns the
 * hash of its `certificate`, and its port.
 */
export async function startFront(sessions, port = "0", kind = "testbed") {
  const child = FRONTS[kind](sessions, port);
  const [, certificate, own] = await printed(child, "the front", (text) => /certificate (\w+)\nlistening on (\d+)/.exec(text));
  return { certificate, port: Number(own), stop: () => child.kill() };
}

const FRONTS = {
  testbed: (sessions, port) => launch(TESTBED, ["webtransport-front", "--to", `127.0.0.1:${sessions}`, "--port", port]),
  aioquic: (sessions, port) =>
    launch("env-quic/bin/python", ["webtransport_front.py"], { cwd: join(PEERS, "python"), env: { PORT: port, SESSION_PORT: sessions } }),
};

/** Starts a Redis without persistence. */
export async function startRedis() {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), "tidewire-redis-"));
  const args = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", directory];
  const child = launch("redis-server", args);
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
