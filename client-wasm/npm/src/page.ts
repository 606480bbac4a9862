/** The platform in pages, workers and their like: transports of the browser, and events of the network and the page. */

import { notifyWatchers, platform } from "./platform.js";
import { defaultTransports } from "./transport-selection.js";
import { Fetch, WebSocket, XHR } from "./web-transports.js";

platform.transports = { polling: typeof XMLHttpRequest === "function" ? XHR : Fetch, websocket: WebSocket };

if (typeof XMLHttpRequest !== "function" && typeof fetch !== "function") defaultTransports.shift();

// A service worker accepts listeners only while its script is first evaluated.
if (typeof addEventListener === "function" && typeof removeEventListener === "function") {
  for (const hint of ["online", "offline"] as const) addEventListener(hint, () => notifyWatchers(hint));
  // A hidden page keeps running; a frozen page does not, and a page in the back/forward cache must not have a connection.
  addEventListener("resume", () => notifyWatchers("foreground"), true);
  addEventListener("freeze", () => notifyWatchers("background"), true);
  addEventListener("pagehide", (event) => event.persisted && notifyWatchers("offline", "background"));
  addEventListener("pageshow", (event) => event.persisted && notifyWatchers("foreground"));
  if (typeof document !== "undefined" && document.addEventListener) {
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && notifyWatchers("foreground"));
  }
}
