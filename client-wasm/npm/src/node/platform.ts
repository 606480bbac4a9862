/** The platform in Node. */

import { uptime } from "node:os";

import { sleep } from "../clock.js";
import { platform } from "../platform.js";
import { defaultTransports } from "../transport.js";
import { MemoryCookieJar } from "./cookies.js";
import { NodeXHR } from "./requests.js";
import { NodeWebSocket, optional } from "./sockets.js";

/** Replaces parts of the platform; `load` requires an installed package. */
export function install(load: (name: string) => any): void {
  defaultTransports.splice(0, 2, "polling", "websocket");
  platform.transports = { polling: NodeXHR, websocket: NodeWebSocket };
  // The uptime goes on while the device sleeps, and the other clock stands still.
  sleep.total = () => uptime() * 1000 - performance.now();
  platform.binaryType = "nodebuffer";
  platform.cookieJar = () => new MemoryCookieJar();
  let ws: any;
  let isLoaded = false;
  optional.ws = () => {
    if (isLoaded) return ws;
    isLoaded = true;
    try {
      ws = load("ws");
      // Jest with an imitated page loads a file of the package that only throws.
      if (!ws.WebSocket) ws = undefined;
    } catch {
      // The package is optional.
    }
    return ws;
  };
}
