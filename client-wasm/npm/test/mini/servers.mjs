// Starts the servers of server-testbed, and restarts one on its port.

import { spawn } from "node:child_process";
import { join } from "node:path";

import { freePort } from "../../../../server-testbed/peers/free-port.js";
import { printed } from "../../packaging/limit.mjs";

const repository = join(import.meta.dirname, "../../../..");
const target = process.env.CARGO_TARGET_DIR || join(repository, "target");

/** The Engine.IO version of each server, or that of a client which it does not ask for another one. */
export const SERVERS = { socketio2: "eio3", socketio4: "eio4", egg: "eio3", testbed: "eio4" };

const command = (name, port) =>
  name === "testbed"
    ? [join(target, "debug", "tidewire-testbed"), ["--port", port]]
    : [process.execPath, [join(repository, "server-testbed/peers", name, "server.js")]];

async function spawnServer(name, port) {
  const [program, args] = command(name, port);
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PORT: port, RECOVERY: "1" } });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const found = await printed(child, `the server ${name}`, (text) => /listening on (\d+)/.exec(text)?.[1]);
  const stop = () => {
    child.kill();
    return ended;
  };
  return { port: found, stop };
}

export async function startServer(name) {
  const port = String(await freePort());
  let running = await spawnServer(name, port);
  return {
    url: `http://127.0.0.1:${port}`,
    engineVersion: SERVERS[name],
    /** Whether it recovers the session of a client that comes back. */
    recovers: name === "socketio4",
    stop: () => running.stop(),
    async restart() {
      await running.stop();
      running = await spawnServer(name, port);
    },
  };
}
