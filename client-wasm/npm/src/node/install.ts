/** Installs the requests and WebSockets of Node. */

import { install } from "./platform.js";
import { load } from "./require.js";
import { optional } from "./sockets.js";
import * as ws from "./ws.cjs";

install(load, ws.loadWs);

// Node 20 has no WebSocket of its own. While the program starts: the first connection does not wait for it.
if (optional.ws && typeof WebSocket === "undefined") optional.ws();

export { NodeXHR } from "./requests.js";
export { NodeWebSocket } from "./sockets.js";
