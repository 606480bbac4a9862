/** The manager and the sockets as their connection knows them, and the types that they share. */

import type { Acks } from "./acks.js";
import type { AnyListeners } from "./any-listeners.js";
import type { MachineOptions, Nsp, Reason, Reply } from "./machine/contract.js";
import type { ManagerOptions } from "./options.js";
import type { SendBuffer } from "./send-buffer.js";

/** A Socket.IO packet, as the event `packet` has it. */
export interface Packet {
  type: number;
  nsp: string;
  data?: any;
  id?: number;
  attachments?: number;
  options?: { compress?: boolean };
}

/** Details of the end of a connection. */
export type DisconnectDescription = Error | { description: string; context?: unknown };

/** The end of a connection, an attempt or an upgrade, as far as it is known before the machine reports it. */
export interface Ending {
  /** A reason that replaces the one from the machine. */
  reason?: Reason | undefined;
  description?: DisconnectDescription | undefined;
  /** The end of the message of a failed upgrade. */
  probeError?: string | undefined;
  /** Whether `description` is that of a refused handshake. The machine then asks for the other version, whose failure says less. */
  refused?: boolean;
}

/** The manager, as its connection knows it. */
export interface ManagerLike {
  readonly opts: Partial<ManagerOptions>;
  readonly nsps: Record<string, SocketLike>;
  readonly uri: string | undefined;
  readonly _autoConnect: boolean;
  /** The connection, which takes the place of the one that waits for its code. */
  _connection: unknown;
  _readyState: "opening" | "open" | "closed";
  /** The machine's options, as they are now. */
  _options(): MachineOptions;
  _emitLocal(event: string, ...args: unknown[]): unknown;
  /** Emits an event; with `compat: 2`, sockets emit it, too. */
  _emitAll(event: string, ...args: unknown[]): void;
  /** An attempt to connect failed, or an open connection. */
  _onError(error: Error | string): void;
  hasListeners(event: string): boolean;
}

/** A socket, as its connection knows it. */
export interface SocketLike {
  readonly nsp: string;
  readonly _nsp: Nsp;
  readonly active: boolean;
  readonly connected: boolean;
  /** The number of its connection, while the machine has it connected and events may go past the machine; else 0. */
  _session: number;
  /** The array that the application has taken from the offline buffer. */
  readonly _buffer: SendBuffer | undefined;
  readonly _acks: Acks;
  _emitLocal(event: string, ...args: unknown[]): unknown;
  /** The listeners of all events that are sent. */
  readonly _outgoing: AnyListeners;
  _authorize(): void;
  _onConnect(id: string, recovered: boolean): void;
  /** `refusal` is what the server sent. */
  _onConnectError(error: Error, refusal: unknown): void;
  _onDisconnect(reason: Reason, description: DisconnectDescription | undefined): void;
  /** `args`: the name, the arguments, and the function that acknowledges it if the server wants that. */
  _onEvent(args: unknown[]): void;
  /** Returns the function with which a listener acknowledges an event. */
  _ackFunction(reply: Reply): (...args: any[]) => void;
}
