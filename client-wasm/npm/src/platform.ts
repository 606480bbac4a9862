/** What the face takes from where it runs: clock, timers, carriers, and news of network and page. Node has its own (`node/`). */

import { type Carrier, type CookieJar, Fetch, WebSocket, XHR } from "./carriers.js";
import type { Hint, Machine, MachineOptions } from "./machine/contract.js";

export interface Platform {
  /** Milliseconds; never goes back, and goes on while the device sleeps. */
  now(): number;
  setTimeout(run: () => void, delay: number, native?: boolean): any;
  clearTimeout(timer: any): void;
  carriers: { polling: Carrier; websocket: Carrier };
  /** What binary is given to listeners as, unless `engine.binaryType` says otherwise. */
  binaryType: string;
  cookieJar?(): CookieJar;
  /** Makes the machines. */
  machine(options: MachineOptions): Machine;
  /** What the machines wait for: they do nothing before. */
  coming?: Promise<unknown> | undefined;
}

let last = 0;
let lost = 0;

/** The wall clock, which goes on during sleep; what it is put back counts as nothing. */
function now(): number {
  const time = Date.now();
  if (time < last) lost += last - time;
  last = time;
  return time + lost;
}

/** Throws where nobody catches, once all is in order here. */
export function throwLater(error: unknown): void {
  const run = () => {
    throw error;
  };
  if (typeof queueMicrotask === "function") queueMicrotask(run);
  else setTimeout(run, 0);
}

const nativeTimeout = typeof setTimeout === "function" ? setTimeout : undefined;

export const platform: Platform = {
  now,
  setTimeout: (run, delay, native) => (native && nativeTimeout ? nativeTimeout(run, delay) : setTimeout(run, delay)),
  clearTimeout: (timer) => clearTimeout(timer),
  carriers: { polling: typeof XMLHttpRequest === "function" ? XHR : Fetch, websocket: WebSocket },
  binaryType: "arraybuffer",
  machine() {
    throw new Error("no core was given");
  },
};

/** Those who want to hear of network and page. */
const watchers = new Set<(hint: Hint) => void>();

export const watch = (watcher: (hint: Hint) => void) => watchers.add(watcher);
export const unwatch = (watcher: (hint: Hint) => void) => watchers.delete(watcher);

export const tell = (...hints: Hint[]) => hints.forEach((hint) => [...watchers].forEach((watcher) => watcher(hint)));

// A service worker takes listeners only while its script runs for the first time.
if (typeof addEventListener === "function" && typeof removeEventListener === "function") {
  addEventListener("online", () => tell("online"));
  addEventListener("offline", () => tell("offline"));
  // A hidden page goes on; a frozen one does not, and one kept for the way back must have no connection.
  addEventListener("resume", () => tell("foreground"), true);
  addEventListener("freeze", () => tell("background"), true);
  addEventListener("pagehide", (event) => event.persisted && tell("offline", "background"));
  addEventListener("pageshow", (event) => event.persisted && tell("foreground"));
  if (typeof document !== "undefined") {
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && tell("foreground"));
  }
}
