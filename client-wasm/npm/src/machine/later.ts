/** A machine that is still being loaded: remembers what it is asked, and does it when it is there. */

import type { Host, Machine, MachineOptions } from "./contract.js";
import type { Make } from "./wasm.js";

export function later(coming: Promise<Make>, options: MachineOptions): Machine {
  let machine: Machine | undefined;
  let host: Host | undefined;
  const asked: ((machine: Machine) => void)[] = [];
  const names: string[] = [];
  /** By namespace: how many acks were asked for. Ids count from 0. */
  const acks: number[] = [];
  const kept: unknown[][] = [];

  void coming.then((make) => {
    machine = make(options);
    for (const ask of asked) ask(machine);
    if (host) machine.poll(host);
  });

  const ask =
    <K extends keyof Machine>(method: K, otherwise?: ReturnType<Machine[K]>) =>
    (...args: any[]): any => {
      if (machine) return (machine[method] as any)(...args);
      asked.push((machine) => (machine[method] as any)(...args));
      return otherwise;
    };
  const get =
    <K extends keyof Machine>(method: K, otherwise: ReturnType<Machine[K]>) =>
    (...args: any[]): any =>
      machine ? (machine[method] as any)(...args) : otherwise;

  return {
    namespace(name, query) {
      const number = ask("namespace")(name, query);
      if (number !== undefined) return number;
      const known = names.indexOf(name);
      return known < 0 ? names.push(name) - 1 : known;
    },
    emit(now, nsp, payload, attachments, ack, delivery) {
      const id = ask("emit")(now, nsp, payload, attachments, ack, delivery);
      if (id !== undefined) return id;
      if (delivery !== "volatile") (kept[nsp] = kept[nsp] || []).push(payload);
      return ack === undefined ? -1 : (acks[nsp] = (acks[nsp] || 0) + 1) - 1;
    },
    poll(asking) {
      host = asking;
      if (machine) machine.poll(host);
    },
    offline: (nsp) => (machine ? machine.offline(nsp) : kept[nsp] || []),
    connect: ask("connect"),
    authorize: ask("authorize"),
    reply: ask("reply"),
    cancel: ask("cancel"),
    clearOffline(nsp) {
      ask("clearOffline")(nsp);
      kept[nsp] = [];
    },
    disconnect: ask("disconnect"),
    open: ask("open"),
    close: ask("close"),
    configure: ask("configure"),
    reject: ask("reject"),
    handleOpened: ask("handleOpened"),
    handlePacket: ask("handlePacket"),
    handleAnswer: ask("handleAnswer"),
    handleLost: ask("handleLost"),
    handleHint: ask("handleHint"),
    handleTimeout: ask("handleTimeout"),
    nextTimeout: get("nextTimeout", Infinity),
    isConnected: get("isConnected", false),
    generation: get("generation", 0),
    transport: get("transport", undefined),
    backlog: get("backlog", 0),
    free: ask("free"),
  };
}
