/** `./js` for Node: the core as JavaScript. */

import { wasm2js } from "../machine/wasm2js.js";
import { provideCore } from "../provide-core.js";

provideCore(wasm2js);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
