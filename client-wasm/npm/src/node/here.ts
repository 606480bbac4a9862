/** Makes the face run on Node's requests and WebSockets. */

import { createRequire } from "node:module";
import { settle } from "./platform.js";

settle((name) => createRequire(typeof __filename === "string" ? __filename : import.meta.url)(name));

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
