/** The package where the standard APIs are: browsers, workers, Deno, Bun. The core is inlined. */

import { inline } from "../machine/inline.js";
import { provide } from "../provide.js";

provide(inline);

export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../carriers.js";
export * from "../face.js";
export { default } from "../face.js";
