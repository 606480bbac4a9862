/** `./js`: the core as JavaScript, for pages whose policy forbids WebAssembly, and platforms without it. */

import { twin } from "../machine/twin.js";
import { provide } from "../provide.js";

provide(twin);

export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../carriers.js";
export * from "../face.js";
export { default } from "../face.js";
