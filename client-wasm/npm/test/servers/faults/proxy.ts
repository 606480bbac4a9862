/** A fault proxy as a program, with commands over HTTP. */

import { spawn } from "node:child_process";

import { printed } from "../../../packaging/limit.mjs";
import { PROGRAM } from "../peers.js";

export interface FaultProxy {
  url: string;
  /** Carries out statements, and adds their rules. */
  run(script: string): Promise<void>;
  /** Returns how many faults have happened. */
  faults(): Promise<number>;
  stop(): void;
}

/** Starts a proxy in front of the server at `url`. */
export async function startProxy(url: string): Promise<FaultProxy> {
  const child = spawn(PROGRAM, ["fault-proxy", "--to", url, "--control-port", "0"], { stdio: ["ignore", "pipe", "inherit"] });
  const ports = (text: string) => /control on (\d+)\nlistening on (\d+)/.exec(text) || undefined;
  const [, control, port] = await printed(child, "the fault proxy", ports);
  const commands = `http://127.0.0.1:${control}`;
  return {
    url: `http://127.0.0.1:${port}`,
    async run(script) {
      const response = await fetch(`${commands}/script`, { method: "POST", body: script });
      if (!response.ok) throw new Error(await response.text());
    },
    async faults() {
      const status = (await (await fetch(`${commands}/status`)).json()) as { faults: number };
      return status.faults;
    },
    stop: () => child.kill(),
  };
}
