/** `./js` for Node: the core as JavaScript. */

import { traceMachines } from "../debug.js";
import { wasm2js } from "../machine/wasm2js.js";
import { provideCore } from "../provide-core.js";

provideCore(wasm2js);
traceMachines(process.env["DEBUG"], console.error);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
