/** A machine that is still being loaded: remembers what it is asked, and does it when it is there. */

import type { Machine, MachineOptions } from "./contract.js";
import type { Make } from "./wasm.js";

/** What getters say until then. */
const UNTIL: Record<string, unknown> = { poll: Infinity, isConnected: false, generation: 0, backlog: 0 };

export function later(coming: Promise<Make>, options: MachineOptions): Machine {
  let machine: Record<string, (...args: any[]) => unknown> | undefined;
  const asked: [method: string, args: any[]][] = [];
  const names: string[] = [];
  /** By namespace: how many acks were asked for. Ids count from 0. */
  const acks: number[] = [];
  const kept: unknown[][] = [];

  void coming.then((make) => {
    const made = make(options) as unknown as NonNullable<typeof machine>;
    machine = made;
    for (const [method, args] of asked) made[method]?.(...args);
  });

  /** What must be said at once, though nothing is there to say it: as the machine will. */
  const foreseen: Record<string, (...args: any[]) => unknown> = {
    namespace: (name) => (names.indexOf(name) < 0 ? names.push(name) - 1 : names.indexOf(name)),
    emit(_now, nsp, payload, _attachments, ack, delivery) {
      if (delivery !== "volatile") (kept[nsp] = kept[nsp] || []).push(payload);
      acks[nsp] = acks[nsp] || 0;
      return ack === undefined ? -1 : (acks[nsp] as number)++;
    },
    offline: (nsp) => kept[nsp] || [],
    clearOffline: (nsp) => void (kept[nsp] = []),
  };

  return new Proxy({} as Machine, {
    get:
      (_, method: string) =>
      (...args: any[]) => {
        if (machine) return machine[method]?.(...args);
        if (method in UNTIL) return UNTIL[method];
        // To be asked for what happened is of use only when it can have.
        if (method !== "poll" && method !== "offline" && method !== "transport") asked.push([method, args]);
        return foreseen[method]?.(...args);
      },
  });
}
