/** A machine whose core is still loading: it records the calls, and replays them once the core is loaded. */

import type { Machine, MachineOptions } from "./contract.js";
import type { Make } from "./wasm.js";

type Method = (...args: unknown[]) => unknown;

export function deferredMachine(loading: Promise<Make>, options: MachineOptions): Machine {
  let machine: Machine | undefined;
  const calls: [method: keyof Machine, args: unknown[]][] = [];
  const names: string[] = [];
  /** By namespace: the number of acks. Ids count from 0. */
  const acks: number[] = [];
  const offline: unknown[][] = [];

  const call = (on: Partial<Machine>, method: keyof Machine, args: unknown[]) => on[method] && (on[method] as Method)(...args);

  void loading.then((make) => {
    const made = make(options);
    machine = made;
    for (const [method, args] of calls) call(made, method, args);
  });

  /** The getters until then. A call of them is not recorded. */
  const getters: Partial<Machine> = {
    poll: () => Infinity,
    isConnected: () => false,
    offline: (nsp) => offline[nsp] || [],
    engineVersion: () => undefined,
    transport: () => undefined,
    backlog: () => 0,
  };
  /** The commands that return or change something at once: as the machine will. */
  const commands: Partial<Machine> = {
    namespace: (name) => (names.indexOf(name) < 0 ? names.push(name) - 1 : names.indexOf(name)),
    emit(_now, nsp, payload, _attachments, ack, delivery) {
      if (delivery !== "volatile") (offline[nsp] = offline[nsp] || []).push(payload);
      acks[nsp] = acks[nsp] || 0;
      return ack === undefined ? -1 : (acks[nsp] as number)++;
    },
    cancel(_now, nsp, ack) {
      offline[nsp] = (offline[nsp] || []).filter((payload) => (payload as { id?: number }).id !== ack);
    },
    removeOffline: (nsp, at) => void (offline[nsp] as unknown[]).splice(at, 1),
    clearOffline: (nsp) => void (offline[nsp] = []),
  };

  return new Proxy({} as Machine, {
    get(_, method: keyof Machine) {
      if (method === "direct") return machine ? machine.direct : 0;
      return (...args: unknown[]) => {
        if (machine) return call(machine, method, args);
        if (method in getters) return call(getters, method, args);
        calls.push([method, args]);
        return call(commands, method, args);
      };
    },
  });
}
