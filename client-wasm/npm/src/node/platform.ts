/** The platform in Node. */

import { uptime } from "node:os";

import { sleep } from "../clock.js";
import { MemoryCookieJar } from "../cookies.js";
import { platform } from "../platform.js";
import { defaultTransports } from "../transport-selection.js";
import { WebTransport } from "../web-transport.js";
import { NodeXHR } from "./requests.js";
import { NodeWebSocket, optional } from "./sockets.js";

/** Replaces parts of the platform. `load` requires an installed package; `loadWs` is what a bundler has made of `ws`. */
export function install(load: (name: string) => any, loadWs?: () => any): void {
  defaultTransports.splice(0, 2, "polling", "websocket", "webtransport");
  platform.transports = { polling: NodeXHR, websocket: NodeWebSocket, webtransport: WebTransport };
  // The uptime goes on while the device sleeps, and the other clock stands still.
  sleep.total = () => uptime() * 1000 - performance.now();
  platform.binaryType = "nodebuffer";
  platform.cookieJar = () => new MemoryCookieJar();
  let found: [ws: any] | undefined;
  optional.ws = () => (found = found || [usable(loadWs) || usable(() => load("ws"))])[0];
}

/** Returns what `load` returns, unless it throws. Jest with an imitated page loads a file of `ws` without its class. */
function usable(load: (() => any) | undefined): any {
  try {
    const ws = load && load();
    return ws && ws.WebSocket && ws;
  } catch {
    return undefined;
  }
}
