// Starts the servers of server-testbed as child processes on free ports.

import { spawn } from "node:child_process";
import { join } from "node:path";

const repository = join(import.meta.dirname, "../../..");

/** Starts socketio2, socketio4, egg, laravel, one of `seeds/`, or our `testbed`, which `cargo build -p tidewire-testbed` builds, with `options`. */
export async function startServer(name, env = {}, options = []) {
  const target = process.env.CARGO_TARGET_DIR || join(repository, "target");
  const [program, args] =
    name === "testbed"
      ? [join(target, "debug", "tidewire-testbed"), ["--port", env.PORT || "0", ...options]]
      : [process.execPath, [join(repository, "server-testbed/peers", name.startsWith("seeds/") ? `${name}.js` : `${name}/server.js`)]];
  const child = spawn(program, args, { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, PORT: "0", ...env } });
  let text = "";
  for await (const part of child.stdout) {
    const [, port] = /listening on (\d+)/.exec((text += part)) || [];
    if (port) {
      child.stdout.resume();
      return { port, stop: () => child.kill() };
    }
  }
  throw new Error(`the server ${name} exited: ${text}`);
}
