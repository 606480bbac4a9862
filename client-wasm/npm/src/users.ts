/** Those whom a connection serves, as it knows them: a manager and its sockets. */

import type { AckFailure, MachineOptions, Nsp, Reply } from "./machine/contract.js";
import type { ManagerOptions } from "./options.js";
import type { Outgoing } from "./outgoing.js";

/** A packet of Socket.IO's, as the event `packet` has it. */
export interface Packet {
  type: number;
  nsp: string;
  data?: any;
  id?: number;
  attachments?: number;
}

/** More about the end of a connection. */
export type DisconnectDescription = Error | { description: string; context?: unknown };

export interface Owner {
  readonly opts: Partial<ManagerOptions>;
  readonly nsps: Record<string, Member>;
  readonly _uri: string | undefined;
  /** What the machine goes by, as the options are now. */
  _options(): MachineOptions;
  _say(event: string, ...args: any[]): void;
  /** An attempt has failed, or a connection that was there. */
  _failed(failure: Error | string): void;
  hasListeners(event: string): boolean;
}

export interface Member {
  readonly nsp: string;
  readonly _nsp: Nsp;
  readonly active: boolean;
  readonly connected: boolean;
  _tell(event: string, ...args: any[]): unknown;
  /** An event goes out. */
  _announce(outgoing: Outgoing): void;
  _authorize(): void;
  _connected(id: string, recovered: boolean): void;
  _refused(error: Error): void;
  _disconnected(reason: string, description: DisconnectDescription | undefined): void;
  _received(args: unknown[], reply: Reply | undefined): void;
  _acked(id: number, args: unknown[]): void;
  _ackLost(id: number, why: AckFailure): void;
}
