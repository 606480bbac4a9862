/** The official servers, as programs (server-testbed/CONTRACT.md). */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PEERS = join(process.cwd(), "../../server-testbed/peers");

export interface Peer {
  url: string;
  /** Of Engine.IO. */
  generation: 3 | 4;
  stop(): void;
}

/** Starts a server on a free port; `settings` are variables of its environment. */
export async function start(name: "socketio2" | "socketio4" | "egg", settings: Record<string, string> = {}): Promise<Peer> {
  const child = spawn(process.execPath, [join(PEERS, name, "server.js")], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, PORT: "0", ...settings },
  });
  const port = await said(child, /listening on (\d+)/);
  return { url: `http://127.0.0.1:${port}`, generation: name === "socketio4" ? 4 : 3, stop: () => child.kill() };
}

/** Starts a Redis that keeps nothing. */
export async function startRedis(): Promise<{ port: string; stop(): void }> {
  const port = await freePort();
  const words = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(" ");
  const child = spawn("redis-server", [...words, ""], { stdio: ["ignore", "pipe", "inherit"] });
  await said(child, /Ready to accept (connections)/);
  return { port, stop: () => child.kill() };
}

async function freePort(): Promise<string> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  await once(server.close(), "close");
  return String(port);
}

/** What the program says about itself, once it has. */
function said(child: ChildProcess, what: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (part) => {
      const [, found] = what.exec((text += part)) || [];
      if (found) resolve(found);
    });
    child.on("error", reject);
    child.on("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}
