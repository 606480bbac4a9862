/** Node's part of the platform. */

import { platform } from "../platform.js";
import { Cookies } from "./cookies.js";
import { NodeXHR } from "./requests.js";
import { NodeWebSocket, optional } from "./sockets.js";

/** `find`: requires a package of the application's, or of ours. */
export function settle(find: (name: string) => any): void {
  platform.carriers = { polling: NodeXHR, websocket: NodeWebSocket };
  platform.binaryType = "nodebuffer";
  platform.cookieJar = () => new Cookies();
  let ws: any;
  let sought = false;
  optional.ws = () => {
    if (sought) return ws;
    sought = true;
    try {
      ws = find("ws");
    } catch {
      // It is optional.
    }
    return ws;
  };
}
