// Starts the programs of the table: servers and fault proxies.

import { join } from "node:path";

import { freePort } from "../../../../server-testbed/peers/free-port.js";
import { printed } from "../../packaging/limit.mjs";
import { launch, REPOSITORY, TARGET, TESTBED } from "../../packaging/programs.mjs";
import { startRelay } from "./relay.mjs";

export const NATIVE = join(TARGET, "debug/tidewire-matrix");
/** The crate for a page, as `cargo xtask web` builds it. */
export const WEB = join(REPOSITORY, "target/web/check");
export const DOCS = join(REPOSITORY, "docs");

/** Starts a server on a free port. */
export async function start(program, args, env) {
  const child = launch(program, args, { env: { PORT: "0", ...env }, stderr: "ignore" });
  const [port] = await printed(child, child.spawnfile, (text) => /listening on (\d+)/.exec(text)?.slice(1));
  return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
}

/** Starts a fault proxy in front of the server at `url`, and a path of UDP to its `front`. */
export async function startProxy(url, front) {
  const own = String(await freePort());
  const child = launch(TESTBED, ["fault-proxy", "--to", url, "--port", own, "--control-port", "0"], { stderr: "ignore" });
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
