/** The core as JavaScript (binaryen's `wasm2js`), for platforms where WebAssembly is missing or forbidden. */

import * as core from "../../build/twin.js";
import { type Exports, type Make, machines } from "./wasm.js";

let make: Make | undefined;

/** Returns the one factory: a module has one memory, so its slots need one table. */
export const wasm2js = (): Make => (make ||= machines(core as unknown as Exports));
