/** Installs the requests and WebSockets of Node. */

import { createRequire } from "node:module";
import { install } from "./platform.js";

install((name) => createRequire(import.meta.url || (__filename as string))(name));

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
