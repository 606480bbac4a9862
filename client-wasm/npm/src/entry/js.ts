/** `./js`: the core as JavaScript, for pages whose Content-Security-Policy forbids WebAssembly, and for platforms without it. */

import { twin } from "../machine/twin.js";
import { provideCore } from "../provide-core.js";

provideCore(twin);

export * from "../api.js";
export { default } from "../api.js";
export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../web-transports.js";
