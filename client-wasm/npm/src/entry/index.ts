/** The package for browsers, workers, Deno and Bun, with the core inlined. */

import { inline } from "../machine/inline.js";
import { provideCore } from "../provide-core.js";

provideCore(inline);

export * from "../api.js";
export { default } from "../api.js";
export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../web-transports.js";
