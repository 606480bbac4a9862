/** Installs the requests and WebSockets of Node. */

import { install } from "./platform.js";
import { load } from "./require.js";

install(load);

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
