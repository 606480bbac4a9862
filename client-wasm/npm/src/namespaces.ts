/** The sockets of a connection: takes their commands to the machine and its events to them, and reads the payloads. */

import { reconstruct, toBinaryType } from "./binary.js";
import type { DisconnectDescription, Ending, ManagerLike, Packet, SocketLike } from "./connection-types.js";
import type { Engine } from "./engine.js";
import type { DirectPacket, Lane } from "./lane.js";
import type { AckFailure, EngineVersion, Host, Machine, Nsp, Payload, Reason, Refusal, Reply } from "./machine/contract.js";
import type { Outgoing } from "./outgoing.js";
import type { ParserAdapter } from "./parser.js";
import { guard } from "./platform.js";
import type { Notification, Session } from "./session.js";

/** The events of the machine that belong to a namespace. */
type NamespaceEvents = Pick<
  Host,
  "authRequired" | "connected" | "connectError" | "disconnected" | "serverError" | "message" | "emitDropped" | "acked" | "ackLost"
>;

const OLD_SERVER =
  "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)";

export abstract class Namespaces implements NamespaceEvents {
  abstract readonly _engine: Engine | undefined;
  abstract readonly _session: Session;
  /** The machine of the session. */
  protected abstract readonly _machine: Machine;
  /** The adapter of a custom parser. */
  abstract readonly _parser: ParserAdapter | undefined;
  /** Events and acks past the machine. */
  protected abstract readonly _lane: Lane | undefined;
  /** The sockets, by `Nsp`. */
  protected _sockets: SocketLike[] = [];
  /** The namespaces that the open connection has connected, and that it tells of its end. */
  private _told = new Set<Nsp>();
  /** The version of the last server that was known: a refusal is told when the connection has ended. */
  protected _lastVersion: EngineVersion | undefined;
  protected abstract readonly _manager: ManagerLike;
  protected abstract readonly _ending: Ending;
  /** The error of an unreadable payload, while it is reported to the machine. */
  protected _payloadError: Error | undefined;

  // ---- commands of sockets ----

  _namespace(socket: SocketLike): Nsp {
    const nsp = this._machine.namespace(socket.nsp);
    this._sockets[nsp] = socket;
    return nsp;
  }

  /** Connects a namespace: with auth, or with the query if the server is a 2.x one. */
  _authorize(nsp: Nsp, auth: unknown, query: string): void {
    const isOld = this._isOld();
    if (this._lane) this._lane._catchUp();
    if (isOld) this._machine.namespace(this._socket(nsp).nsp, query);
    this._machine.authorize(this._session._now(), nsp, isOld || auth == null ? undefined : JSON.stringify(auth));
    this._settle();
  }

  /** Returns whether the server is known to be a 2.x one. */
  _isOld(): boolean {
    return (this._machine.engineVersion() || this._lastVersion) === "eio3";
  }

  _reply(nsp: Nsp, reply: Reply, outgoing: Outgoing, attachments: readonly unknown[]): void {
    this._machine.reply(this._session._now(), nsp, reply, outgoing, attachments);
    this._settle();
  }

  _cancel(nsp: Nsp, ack: number): void {
    this._machine.cancel(this._session._now(), nsp, ack);
    this._settle();
  }

  _offline(nsp: Nsp): Outgoing[] {
    return this._machine.offline(nsp) as Outgoing[];
  }

  /** Drops a buffered event, by the id of its ack or by its position. */
  _removeOffline(nsp: Nsp, ack: number | undefined, at: number): void {
    if (ack === undefined) this._machine.removeOffline(nsp, at);
    else this._machine.cancel(this._session._now(), nsp, ack);
  }

  /** Brings changes of `sendBuffer` to the machine, before an input that reads the buffer. */
  protected _applyEdits(): void {
    for (const { _buffer: buffer } of this._sockets) if (buffer) guard(() => buffer._apply());
  }

  _settle(): void {
    this._session._settle();
  }

  protected _hasActiveSockets(): boolean {
    return this._sockets.some((socket) => socket.active);
  }

  // ---- events of the machine ----

  authRequired(nsp: Nsp): void {
    this._notify(() => this._socket(nsp)._authorize());
  }

  connected(nsp: Nsp, id: string, recovered: boolean): void {
    this._told.add(nsp);
    this._lastVersion = this._machine.engineVersion();
    if (this._lane) this._lane._join(this._socket(nsp));
    this._notify(() => {
      this._socket(nsp)._onConnect(id, recovered);
      this._emitPacket(nsp, 0, { sid: id });
    });
  }

  connectError(nsp: Nsp, why: Refusal, payload: Payload | undefined): void {
    const error: Error & { data?: unknown } = new Error(why === "timeout" ? why : why === "server" ? "" : OLD_SERVER);
    this._notify(() => {
      const refusal = payload === undefined ? payload : this._read(() => this._parse(payload));
      if (why === "server") describe(error, refusal);
      this._socket(nsp)._onConnectError(error, refusal);
      if (why === "server") this._emitPacket(nsp, 4, { message: error.message, data: error.data });
    });
  }

  disconnected(nsp: Nsp, reason: Reason): void {
    const { reason: why = reason, description } = this._ending;
    this._socket(nsp)._session = 0;
    const notification = () => {
      this._socket(nsp)._onDisconnect(why, description);
      if (why === "io server disconnect") this._emitPacket(nsp, 1);
    };
    if (/^io/.test(why)) {
      this._told.delete(nsp);
      this._session._disconnects.push(notification);
    } else this._notify(notification);
  }

  /** Tells the end of the connection to the sockets that it has not connected. */
  protected _tellUnconnected(why: Reason, description: DisconnectDescription | undefined): void {
    // One may be refused or connected again before.
    this._sockets.forEach((socket, nsp) => {
      if (!this._told.has(nsp)) this._notify(() => socket.active && !socket.connected && socket._onDisconnect(why, description));
    });
    this._told.clear();
  }

  serverError(nsp: Nsp, payload: Payload | undefined): void {
    this._notify(() => this._socket(nsp)._emitLocal("error", payload === undefined ? payload : this._read(() => this._parse(payload))));
  }

  message(nsp: Nsp, payload: Payload | undefined, attachments: Payload[], reply: Reply | undefined): void {
    this._notify(() => {
      const socket = this._socket(nsp);
      // A listener of an earlier event may have disconnected the socket.
      if (!socket.connected) return;
      const args = this._arguments(payload, attachments);
      if (args) this._deliverEvent(socket, args, reply);
    });
  }

  private _deliverEvent(socket: SocketLike, args: unknown[], reply: Reply | undefined): void {
    const all = reply ? withLast(args, socket._ackFunction(reply)) : args;
    socket._onEvent(all);
    this._emitPacket(socket._nsp, 2, all, reply && reply.id);
  }

  emitDropped(nsp: Nsp, payload: Payload): void {
    this._notify(() => this._manager._emitLocal("drop", payload, this._socket(nsp)));
  }

  acked(nsp: Nsp, ack: number, payload: Payload | undefined, attachments: Payload[]): void {
    this._notify(() => {
      const args = this._arguments(payload, attachments);
      if (args) this._deliverAck(this._socket(nsp), ack, args);
    });
  }

  private _deliverAck(socket: SocketLike, ack: number, args: unknown[]): void {
    socket._acks._answer(ack, args);
    this._emitPacket(socket._nsp, 3, args, ack);
  }

  ackLost(nsp: Nsp, ack: number, why: AckFailure): void {
    const { _disconnects: disconnects, _notifications: notifications } = this._session;
    // An ack that is lost with its connection is reported after the disconnection.
    (disconnects.length ? disconnects : notifications).push(() => this._socket(nsp)._acks._lose(ack, why));
  }

  // ---- past the machine ----

  _deliver({ header, socket, session, args }: DirectPacket): void {
    const { id } = header;
    if (header.isAck) this._deliverAck(socket, id, args);
    // A listener of an earlier event may have disconnected the socket.
    else if (socket.connected) this._deliverEvent(socket, args, id < 0 ? undefined : { session, id });
  }

  // ---- payloads ----

  protected _notify(notification: Notification): void {
    this._session._notifications.push(notification);
  }

  private _socket(nsp: Nsp): SocketLike {
    return this._sockets[nsp] as SocketLike;
  }

  private _parse(payload: Payload): unknown {
    return this._parser ? this._parser._take(payload as string) : JSON.parse(payload as string);
  }

  private _arguments(payload: Payload | undefined, attachments: Payload[]): unknown[] | undefined {
    if (payload === undefined) return [];
    return this._read(() => {
      const args = this._parse(payload);
      if (!Array.isArray(args)) throw new Error("invalid payload");
      return attachments.length ? (reconstruct(args, attachments.map(this._toBinaryType)) as unknown[]) : args;
    });
  }

  /** Reads a payload. An unreadable one ends the connection, like any malformed packet. */
  private _read<T>(read: () => T): T | undefined {
    try {
      return read();
    } catch (error) {
      this._payloadError = error instanceof SyntaxError ? new Error("invalid payload") : (error as Error);
      this._machine.reportBadPayload(this._session._now());
      this._settle();
      this._payloadError = undefined;
      return undefined;
    }
  }

  readonly _toBinaryType = (data: unknown): unknown => toBinaryType(data, (this._engine as Engine).binaryType);

  private _emitPacket(nsp: Nsp, type: number, data?: unknown, id?: number): void {
    const manager = this._manager;
    if (!manager.hasListeners("packet")) return;
    const packet: Packet = { type, nsp: this._socket(nsp).nsp };
    if (id !== undefined) packet.id = id;
    if (data !== undefined) packet.data = data;
    manager._emitLocal("packet", packet);
  }
}

/** Returns arguments with one more: most events have one. `push` would make room for 16 more, and `concat` takes longer. */
const withLast = (args: unknown[], last: unknown): unknown[] => (args.length === 2 ? [args[0], args[1], last] : args.concat(last));

/** Copies a server's refusal to an error: `{ message, data }` from 3.x and 4.x; the message alone, or any object, from 2.x. */
function describe(error: Error & { data?: unknown }, refusal: any): void {
  const isObject = refusal && typeof refusal === "object";
  const isReport = isObject && Object.keys(refusal).every((key) => /^(message|data)$/.test(key));
  const message = isObject ? refusal.message : refusal;
  error.message = message !== undefined ? String(message) : isObject && !isReport ? "refused by the server" : "";
  if (isObject) error.data = isReport ? refusal.data : refusal;
}
