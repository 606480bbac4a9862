/** Installs the requests and WebSockets of Node. */

import { install } from "./platform.js";
import { load } from "./require.js";
import * as ws from "./ws.cjs";

install(load, ws.loadWs);

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
