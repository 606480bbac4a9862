/** A machine with a connection to a 4.x server that grants what is asked for. */

import type { Machine, MachineOptions, Nsp } from "../../src/machine/contract.js";
import type { Core } from "./cores.js";
import { type Call, recorder } from "./host.js";

export const HANDSHAKE = '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

export interface Session {
  machine: Machine;
  nsp: Nsp;
  /** Polls, and gives what was called. */
  calls(): Call[];
  /** A packet from the server, and what it led to. */
  hear(data: string | ArrayBuffer | Uint8Array): Call[];
}

/** Over link 1, at time 0, with `name` connected. */
export function connected(core: Core, name = "/", options: Partial<MachineOptions> = {}): Session {
  const machine = core.make(options);
  const { host, take } = recorder();
  const calls = () => {
    machine.poll(host);
    return take();
  };
  const hear = (data: string | ArrayBuffer | Uint8Array) => {
    machine.handlePacket(0, 1, data);
    return calls();
  };
  const nsp = machine.namespace(name);
  machine.connect(0, nsp);
  machine.handleOpened(0, 1);
  hear(HANDSHAKE);
  machine.authorize(0, nsp);
  hear(name === "/" ? '40{"sid":"s"}' : `40${name},{"sid":"s"}`);
  return { machine, nsp, calls, hear };
}
