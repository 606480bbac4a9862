/** `./mini` for bundlers, with the JavaScript twin in the bundle. It is evaluated in any case, and runs if wasm does not. */

import * as twin from "../../build/twin.js";
import type { Exports } from "../machine/wasm.js";
import { install } from "../mini/install.js";

install(() => twin as unknown as Exports);

export * from "../mini/api.js";
export { default } from "../mini/api.js";
