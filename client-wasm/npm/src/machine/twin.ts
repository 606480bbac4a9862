/** The core as JavaScript, for where WebAssembly is missing or forbidden. */

import * as core from "../../build/twin.js";
import { type Exports, type Make, machines } from "./wasm.js";

let make: Make | undefined;

/** A module has one memory, and its slots one table: so there is one of this. */
export const twin = (): Make => (make ||= machines(core as unknown as Exports));
