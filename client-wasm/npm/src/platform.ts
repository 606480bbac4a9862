/** The host platform: clock, transports, and events of the network and the page. Node replaces parts of it (`node/`). */

import { awake, type Clock, systemClock } from "./clock.js";
import type { Hint, Machine, MachineOptions } from "./machine/contract.js";
import type { CookieJar } from "./options.js";
import { defaultTransports, type TransportConstructor } from "./transport.js";
import { Fetch, WebSocket, XHR } from "./web-transports.js";

export interface Platform {
  /** Returns the clock of connections; of the original functions, or of those that a test library has put in their place. */
  clock(isNative?: boolean): Clock;
  transports: { polling: TransportConstructor; websocket: TransportConstructor };
  /** The default of `engine.binaryType`. */
  binaryType: string;
  cookieJar?(): CookieJar;
  /** Creates a machine. */
  machine(options: MachineOptions): Machine;
  /** Resolves when the core is loaded; machines do nothing before. */
  loading?: Promise<unknown> | undefined;
}

/** Calls application code. Throws its errors later, so that they stop neither the machine nor other listeners. */
export function guard(run: () => void): void {
  try {
    run();
  } catch (error) {
    const rethrow = () => {
      throw error;
    };
    if (typeof queueMicrotask === "function") queueMicrotask(rethrow);
    else setTimeout(rethrow, 0);
  }
}

export const platform: Platform = {
  clock: systemClock,
  transports: { polling: typeof XMLHttpRequest === "function" ? XHR : Fetch, websocket: WebSocket },
  binaryType: "arraybuffer",
  machine() {
    throw new Error("tidewire has no core");
  },
};

if (typeof XMLHttpRequest !== "function" && typeof fetch !== "function") defaultTransports.shift();

/** Listeners of the network and the page. */
export const watchers = new Set<(hint: Hint) => void>();

export function notifyWatchers(...hints: Hint[]): void {
  awake();
  hints.forEach((hint) => [...watchers].forEach((watcher) => watcher(hint)));
}

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
