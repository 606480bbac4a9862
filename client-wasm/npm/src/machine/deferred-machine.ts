/** A machine whose core is still loading: it records the calls, and replays them once the core is loaded. */

import type { Machine, MachineOptions } from "./contract.js";
import { WaitingNamespaces } from "./waiting-events.js";
import type { Make } from "./wasm.js";

type Method = (...args: unknown[]) => unknown;

/** The calls that are recorded. The others are getters, or change nothing before a link is open. */
const RECORDED = /^(namespace|emit|cancel|remove|open|close|.*connect)/;

export function deferredMachine(loading: Promise<Make>, options: MachineOptions): Machine {
  /** In order. A call takes the place of an earlier one with the same key, which it makes void. There are none once the core is loaded. */
  let calls: Map<unknown, [method: keyof Machine, args: unknown[]]> | undefined = new Map();
  let waiting = new WaitingNamespaces<any>();

  /** Until the core is loaded, its methods return what those of the machine will, where that is not `undefined`. */
  let machine: Partial<Machine> = {
    poll: () => Infinity,
    offline: (nsp) => waiting._of(nsp)._buffered,
    backlog: () => 0,
    configure(changed) {
      options = changed;
    },
    namespace: (name) => waiting._find(name),
    emit: (_now, nsp, payload, attachments, ack, delivery) => waiting._of(nsp)._add(options, payload, attachments, ack, delivery),
    cancel: (_now, nsp, ack) => waiting._of(nsp)._retain(({ id }) => id !== ack),
    removeOffline: (nsp, position) => waiting._of(nsp)._retain((_, at) => at !== position),
  };

  const call = (method: keyof Machine, args: unknown[]) => machine[method] && (machine[method] as Method)(...args);

  void loading.then((make) => {
    machine = make(options);
    for (const [method, args] of (calls as NonNullable<typeof calls>).values()) call(method, args);
    // The machine has the payloads now, and frees them.
    calls = undefined;
    waiting = new WaitingNamespaces();
  });

  return new Proxy({} as Machine, {
    get(_, method: keyof Machine) {
      if (method === "direct") return machine.direct || 0;
      return (...args: unknown[]) => {
        const result = call(method, args);
        // A refused event is not recorded.
        if (calls && RECORDED.test(method) && typeof result !== "string") {
          // The namespace, or none.
          const key = /open|close|connect/.test(method) ? args[1] : args;
          calls.delete(key);
          calls.set(key, [method, args]);
        }
        return result;
      };
    },
  });
}
