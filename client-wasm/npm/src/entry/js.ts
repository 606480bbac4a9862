/** `./js`: the core as JavaScript, for pages whose policy forbids WebAssembly, and platforms without it. */

import { wasm2js } from "../machine/wasm2js.js";
import { provide } from "../provide.js";

provide(wasm2js);

export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../carriers.js";
export * from "../face.js";
export { default } from "../face.js";
