/** The core as JavaScript, for where WebAssembly is missing or forbidden. */

import * as core from "../../build/twin.js";
import { type Exports, machines } from "./wasm.js";

export const twin = () => machines(core as unknown as Exports);
