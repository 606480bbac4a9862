/** The package in Node: its requests and WebSockets, the core inlined. */

import { createRequire } from "node:module";
import { inline } from "../machine/inline.js";
import { settle } from "../node/platform.js";
import { provide } from "../provide.js";

provide(inline);
settle((name) => createRequire(typeof __filename === "string" ? __filename : import.meta.url)(name));

export * from "../face.js";
export { default } from "../face.js";
export { NodeXHR } from "../node/requests.js";
export { NodeWebSocket } from "../node/sockets.js";
