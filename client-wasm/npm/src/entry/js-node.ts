/** `./js` in Node: the core as JavaScript. */

import { wasm2js } from "../machine/wasm2js.js";
import { provide } from "../provide.js";

provide(wasm2js);

export * from "../face.js";
export { default } from "../face.js";
export * from "../node/here.js";
