// Starts programs that end with this one, such as the servers of server-testbed.

import { spawn } from "node:child_process";
import { join } from "node:path";

export const REPOSITORY = join(import.meta.dirname, "../../..");
export const TARGET = process.env.CARGO_TARGET_DIR || join(REPOSITORY, "target");
export const PEERS = join(REPOSITORY, "server-testbed/peers");
/** `cargo build -p tidewire-testbed` builds it. */
export const TESTBED = join(TARGET, "debug/tidewire-testbed");

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
