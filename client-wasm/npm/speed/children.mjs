// Runs programs of this folder as child processes, each for one client and one measurement.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { within } from "../packaging/limit.mjs";

const here = import.meta.dirname;

/** Milliseconds for one measurement. */
const LIMIT = 600_000;

/** Runs a program and returns what it prints as JSON. For each line `ready`, it gets a line when `onReady` has resolved. */
export async function child(file, args, onReady) {
  const command = ["--expose-gc", join(here, file), ...args.map(String)];
  const program = spawn(process.execPath, command, { stdio: ["pipe", "pipe", "inherit"], timeout: LIMIT });
  const ended = new Promise((resolve, reject) => program.on("error", reject).on("close", (code, signal) => resolve(code ?? signal)));
  let last;
  for await (const line of createInterface({ input: program.stdout })) {
    if (line === "ready") {
      await onReady();
      program.stdin.write("\n");
    } else {
      last = line;
    }
  }
  const code = await ended;
  if (code) throw new Error(`${file} ${args.join(" ")} failed with the exit code ${code}`);
  return JSON.parse(last);
}

/** Starts the server. */
export async function startServer(folder) {
  const program = fork(join(here, "server.mjs"), [folder]);
  const ended = new Promise((_, reject) => program.on("exit", (code) => reject(new Error(`the server ended with the exit code ${code}`))));
  // The caller that waits for a message gets the error.
  ended.catch(() => {});
  const message = () => within("the answer of the server", Promise.race([ended, once(program, "message").then(([text]) => text)]), LIMIT);
  return {
    url: await message(),
    /** Sends the events that a client has asked for; resolves when they are all on the way. */
    write() {
      const written = message();
      program.send("go");
      return written;
    },
    stop: () => program.disconnect(),
  };
}
