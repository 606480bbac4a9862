/** The core in both its forms, for tests that hold for both. */

import { readFileSync } from "node:fs";

import * as twin from "../../build/twin.js";
import type { MachineOptions } from "../../src/machine/contract.js";
import { type Exports, machines } from "../../src/machine/wasm.js";

export const coreFile = "build/core.wasm";

const wasm = () => new WebAssembly.Instance(new WebAssembly.Module(readFileSync(coreFile))).exports as unknown as Exports;

/** Where tests begin, and a machine of it. */
export interface Core {
  name: string;
  exports: Exports;
  /** The values in the machine's slots. */
  values: unknown[];
  make(options?: Partial<MachineOptions>): ReturnType<ReturnType<typeof machines>>;
}

function core(name: string, exports: Exports): Core {
  const values: unknown[] = [];
  const make = machines(exports, values);
  return { name, exports, values, make: (options) => make({ transports: ["websocket"], ...options }) };
}

/** One of each form. The twin has one instance, which all tests of a file share. */
const twinCore = core("JavaScript", twin as unknown as Exports);
export const cores = () => [core("wasm", wasm()), twinCore];
