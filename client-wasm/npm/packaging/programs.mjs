// Starts programs that end with this one, such as the servers of server-testbed.

import { spawn } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../..");
const target = process.env.CARGO_TARGET_DIR || join(repository, "target");

export const PEERS = join(repository, "server-testbed/peers");
/** `cargo build -p tidewire-testbed` builds it. */
export const TESTBED = join(target, "debug/tidewire-testbed");

const children = new Set();
process.on("exit", () => {
  for (const child of children) child.kill("SIGKILL");
});

/** Starts a program without input, with `env` beside the environment of this one. */
export function launch(program, args, { env = {}, cwd, stderr = "inherit" } = {}) {
  const child = spawn(program, args, { stdio: ["ignore", "pipe", stderr], env: { ...process.env, ...env }, cwd });
  children.add(child);
  child.on("exit", () => children.delete(child));
  child.on("error", () => children.delete(child));
  return child;
}
