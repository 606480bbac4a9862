/** Installs the requests and WebSockets of Node. */

import { createRequire } from "node:module";
import { install } from "./platform.js";

install((name) => createRequire(typeof __filename === "string" ? __filename : import.meta.url)(name));

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
