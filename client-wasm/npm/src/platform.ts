/** The host platform: clock, timers, transports, and events of the network and the page. Node replaces parts of it (`node/`). */

import type { Hint, Machine, MachineOptions } from "./machine/contract.js";
import type { CookieJar } from "./options.js";
import { defaultTransports, type TransportConstructor } from "./transport.js";
import { Fetch, WebSocket, XHR } from "./web-transports.js";

export interface Platform {
  /** Milliseconds of a clock that never goes back, and that runs while the device sleeps. */
  now(): number;
  setTimeout(run: () => void, delay: number, native?: boolean): any;
  clearTimeout(timer: any): void;
  transports: { polling: TransportConstructor; websocket: TransportConstructor };
  /** The default of `engine.binaryType`. */
  binaryType: string;
  cookieJar?(): CookieJar;
  /** Creates a machine. */
  machine(options: MachineOptions): Machine;
  /** Resolves when the core is loaded; machines do nothing before. */
  loading?: Promise<unknown> | undefined;
}

let last = 0;
let offset = 0;

/** The wall clock, because it runs during sleep; monotonic, because backward jumps are ignored. */
function now(): number {
  const time = Date.now();
  if (time < last) offset += last - time;
  last = time;
  return time + offset;
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

const nativeTimeout = setTimeout;

export const platform: Platform = {
  now,
  setTimeout: (run, delay, native) => (native ? nativeTimeout : setTimeout)(run, delay),
  clearTimeout: (timer) => clearTimeout(timer),
  transports: { polling: typeof XMLHttpRequest === "function" ? XHR : Fetch, websocket: WebSocket },
  binaryType: "arraybuffer",
  machine() {
    throw new Error("tidewire has no core");
  },
};

if (typeof XMLHttpRequest !== "function" && typeof fetch !== "function") defaultTransports.shift();

/** Listeners of the network and the page. */
export const watchers = new Set<(hint: Hint) => void>();

export const notifyWatchers = (...hints: Hint[]) => hints.forEach((hint) => [...watchers].forEach((watcher) => watcher(hint)));

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
