// Starts the servers of server-testbed, and restarts one on its port.

import { spawn } from "node:child_process";
import { join } from "node:path";

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
  let text = "";
  for await (const part of child.stdout) {
    const [, found] = /listening on (\d+)/.exec((text += part)) ?? [];
    if (!found) continue;
    child.stdout.resume();
    const stop = () => {
      child.kill();
      return ended;
    };
    return { port: found, stop };
  }
  throw new Error(`the server ${name} exited: ${text}`);
}

export async function startServer(name) {
  let running = await spawnServer(name, "0");
  const { port } = running;
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
