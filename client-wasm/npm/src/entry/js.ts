/** `./js`: the core as JavaScript, for pages whose Content-Security-Policy forbids WebAssembly, and for platforms without it. */

import { wasm2js } from "../machine/wasm2js.js";
import { provideCore } from "../provide-core.js";

provideCore(wasm2js);

export * from "../api.js";
export { default } from "../api.js";
export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../web-transports.js";
