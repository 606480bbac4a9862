// Starts the programs of the table: servers, fault proxies, Redis.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../../../../server-testbed/peers/free-port.js";
import { printed } from "../../packaging/limit.mjs";
import { startRelay } from "./relay.mjs";

const repository = join(import.meta.dirname, "../../../..");
const target = process.env.CARGO_TARGET_DIR || join(repository, "target");

export const PEERS = join(repository, "server-testbed/peers");
export const TESTBED = join(target, "debug/tidewire-testbed");
export const NATIVE = join(target, "debug/tidewire-matrix");
/** The crate for a page, as `cargo xtask web` builds it. */
export const WEB = join(repository, "target/web/check");
export const DOCS = join(repository, "docs");

const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a program without input. It ends with this one. */
export function launch(program, args, env = {}, stderr = "ignore") {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", stderr], env: { ...process.env, ...env } });
  children.add(child);
  child.on("exit", () => children.delete(child));
  child.on("error", () => children.delete(child));
  return child;
}

/** Starts a server on a free port. */
export async function start(program, args, env) {
  const child = launch(program, args, { PORT: "0", ...env });
  const [port] = await printed(child, child.spawnfile, (text) => /listening on (\d+)/.exec(text)?.slice(1));
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** Starts our front for HTTP/3, which passes the sessions of WebTransport on to a port of the server. */
export async function startFront(sessions) {
  const child = launch(TESTBED, ["webtransport-front", "--to", `127.0.0.1:${sessions}`]);
  const [certificate, port] = await printed(child, "the front", (text) => /certificate (\w+)\nlistening on (\d+)/.exec(text)?.slice(1));
  return { certificate, port: Number(port), stop: () => child.kill() };
}

/** Starts a fault proxy in front of the server at `url`, and a path of UDP to its `front`. */
export async function startProxy(url, front) {
  const own = String(await freePort());
  const child = launch(TESTBED, ["fault-proxy", "--to", url, "--port", own, "--control-port", "0"]);
  const [control] = await printed(child, child.spawnfile, (text) => /control on (\d+)\nlistening/.exec(text)?.slice(1));
  const relay = front && (await startRelay(Number(own), front.port));
  return {
    url: `http://127.0.0.1:${own}`,
    // The server forgets the session, too: a cut between two polls alone is nothing that a client notices.
    cut() {
      relay?.cut();
      return fetch(`http://127.0.0.1:${control}/script`, { method: "POST", body: "forget" });
    },
    stop() {
      relay?.stop();
      child.kill();
    },
  };
}

/** Starts a Redis without persistence. */
export async function startRedis() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = String(server.address().port);
  await once(server.close(), "close");
  const args = `--port ${port} --bind 127.0.0.1 --appendonly no --dir ${tmpdir()} --save`.split(" ");
  const child = launch("redis-server", [...args, ""]);
  await printed(child, child.spawnfile, (text) => /Ready to accept (connections)/.exec(text)?.slice(1));
  return { port, stop: () => child.kill() };
}
