/** A host that writes down what the machine calls on it. */

import type { Host } from "../../src/machine/contract.js";

export type Call = [name: keyof Host, ...arguments: unknown[]];

export interface Recorder {
  host: Host;
  /** Takes what has been called. */
  take(): Call[];
}

export function recorder(): Recorder {
  let calls: Call[] = [];
  const note = (_: unknown, name: string) => (...args: unknown[]) => calls.push([name as keyof Host, ...args]);
  return {
    host: new Proxy({}, { get: note }) as Host,
    take: () => calls.splice(0),
  };
}
