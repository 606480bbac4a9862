/** The host platform: clock, transports, and hints. Pages (`page.ts`), Node (`node/`) and mini-programs (`mini/`) fill it in. */

import { awake, type Clock, systemClock } from "./clock.js";
import type { Hint, Machine, MachineOptions } from "./machine/contract.js";
import type { CookieJar } from "./options.js";
import type { TransportConstructor } from "./transport.js";

export interface Platform {
  /** Returns the clock of connections; of the original functions, or of those that a test library has put in their place. */
  clock(isNative?: boolean): Clock;
  transports: { polling: TransportConstructor; websocket: TransportConstructor; webtransport?: TransportConstructor };
  /** The default of `engine.binaryType`. */
  binaryType: string;
  cookieJar?(): CookieJar;
  /** Creates a machine. If its core is still loading, it does nothing before it calls `loaded`. */
  machine(options: MachineOptions, loaded: () => void): Machine;
  /** Whether connections that are created later take events past the machine (`lane.ts`). Tests switch it off. */
  direct: boolean;
}

/** Calls application code. Throws its errors later, so that they stop neither the machine nor other listeners. */
export function guard(run: () => void): void {
  try {
    run();
  } catch (error) {
    throwLater(error);
  }
}

export function throwLater(error: unknown): void {
  const rethrow = () => {
    throw error;
  };
  if (typeof queueMicrotask === "function") queueMicrotask(rethrow);
  else setTimeout(rethrow, 0);
}

export const platform: Platform = {
  clock: systemClock,
  transports: {} as Platform["transports"],
  binaryType: "arraybuffer",
  direct: true,
  machine() {
    throw new Error("tidewire has no core");
  },
};

/** Listeners of the network and the page. */
export const watchers = new Set<(hint: Hint) => void>();

export function notifyWatchers(...hints: Hint[]): void {
  awake();
  hints.forEach((hint) => [...watchers].forEach((watcher) => watcher(hint)));
}
