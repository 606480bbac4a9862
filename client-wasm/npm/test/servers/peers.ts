/** The official servers, as programs (server-testbed/CONTRACT.md). */

import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";

const PEERS = join(process.cwd(), "../../server-testbed/peers");

export interface Peer {
  url: string;
  /** Of Engine.IO. */
  generation: 3 | 4;
  stop(): void;
}

/** Starts a server on a free port. */
export async function start(name: "socketio2" | "socketio4" | "egg"): Promise<Peer> {
  const child = spawn(process.execPath, [join(PEERS, name, "server.js")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PORT: "0" },
  });
  const port = await announced(child);
  return { url: `http://127.0.0.1:${port}`, generation: name === "socketio4" ? 4 : 3, stop: () => child.kill() };
}

function announced(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part) => {
      const [, port] = /listening on (\d+)/.exec((text += part)) || [];
      if (port) resolve(port);
    });
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}
