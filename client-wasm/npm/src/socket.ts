/** The socket of a namespace: sends events, calls listeners, and knows whether it is connected. */

import { type Ack, Acks } from "./acks.js";
import { AnyListeners } from "./any-listeners.js";
import { queryOf, readAuth } from "./authorization.js";
import { serialize } from "./binary.js";
import { isReserved } from "./canonical.js";
import type { DisconnectDescription, ManagerLike, Packet } from "./connection-types.js";
import type { ConnectionLike } from "./connections.js";
import { checkListener, checkOldServer } from "./development.js";
import { type DefaultEventsMap, Emitter, type EventNames, type EventParams, type EventsMap } from "./emitter.js";
import type { Delivery, Misuse, Nsp, Reason, Reply } from "./machine/contract.js";
import { OLD_EVENTS } from "./old-events.js";
import { Outgoing } from "./outgoing.js";
import { SendBuffer } from "./send-buffer.js";
import type {
  AllButLast,
  Auth,
  DecorateAcknowledgements,
  EndReason,
  ExtendedError,
  FirstArg,
  Last,
  Listener,
  SocketOptions,
  SocketReservedEvents,
} from "./socket-types.js";

/** The options that help when `emit` throws. */
const REMEDIES: Partial<Record<Misuse, string>> = {
  "buffer full": "offlinePackets, offlineBytes and offlinePolicy",
  "too many acks": "maxAcks",
  "too many attachments": "maxAttachments",
};

/** The options of the next event. */
interface Flags {
  readonly compress?: boolean;
  readonly volatile?: boolean;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

const NO_FLAGS: Flags = {};

/** A socket whose events have any names and arguments. */
interface Emitting {
  emit(...event: any[]): unknown;
}

/** The content of a packet that a custom parser encodes. */
const NO_CONTENT: ReturnType<typeof serialize> = ["", []];

/** The part of a manager that a socket needs. */
export interface SocketManager extends ManagerLike {
  _connectionOrCreate(): ConnectionLike;
}

/** `Io` is the type of the manager: `manager.ts` exports `Socket` with it, so that this file need not import that one. */
export class Socket<
  ListenEvents extends EventsMap = DefaultEventsMap,
  EmitEvents extends EventsMap = ListenEvents,
  Io extends SocketManager = SocketManager,
> extends Emitter<ListenEvents, EmitEvents, SocketReservedEvents> {
  readonly io: Io;
  /** The id of this connection at the server, while it is connected. */
  id: string | undefined;
  connected = false;
  /** Whether the server restored the session of the last connection (connection state recovery). */
  recovered = false;
  declare auth: Auth;
  /** The query of the next CONNECT to a 2.x server, for its `handshake.query`. A connection to `/` has none. */
  query: string | { [key: string]: any } | undefined;
  /** Always empty: the machine keeps the events that a 2.x middleware sends before CONNECT. */
  receiveBuffer: Array<ReadonlyArray<any>> = [];
  /** @internal */
  readonly nsp: string;
  readonly _nsp: Nsp;

  _session = 0;
  _buffer: SendBuffer | undefined;
  private _opts: Partial<SocketOptions>;
  readonly _acks = new Acks(this);
  private _active = false;
  private _flags = NO_FLAGS;
  private _incoming = new AnyListeners();
  /** Called once for each event. */
  readonly _outgoing = new AnyListeners();

  constructor(io: Io, nsp: string, opts?: Partial<SocketOptions>) {
    super();
    this.io = io;
    this.nsp = nsp;
    this._opts = Object.assign({}, opts);
    if (this._opts.auth) this.auth = this._opts.auth;
    this.query = (this._opts as { query?: Socket["query"] }).query;
    this._nsp = io._connectionOrCreate()._namespace(this);
    if (io._autoConnect) this.open();
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether the socket is connected or will connect by itself. */
  get active(): boolean {
    return this._active;
  }

  /** The buffered events, the oldest first. What is removed from the array is not sent. */
  get sendBuffer(): Packet[] {
    return (this._buffer = this._buffer || new SendBuffer(this))._read();
  }

  set sendBuffer(packets: Packet[]) {
    if (this.sendBuffer) (this._buffer as SendBuffer)._shown = packets;
  }

  // ---- connection ----

  connect(): this {
    if (this.connected) return this;
    this._active = true;
    this._connection._connect(this._nsp);
    if (this._isCompat()) this._emitLocal("connecting");
    return this;
  }

  open(): this {
    return this.connect();
  }

  disconnect(): this {
    this._active = false;
    this._connection._disconnect(this._nsp);
    return this;
  }

  close(): this {
    return this.disconnect();
  }

  // ---- events out ----

  send(...args: any[]): this {
    (this as Emitting).emit("message", ...args);
    return this;
  }

  override emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this;
  override emit(...data: unknown[]): this {
    const event = data[0] as string;
    if (this._isCompat() && OLD_EVENTS.test(event)) return this._emitArray(data);
    if (isReserved(event)) throw new Error(`"${event}" is a reserved event name`);
    const { volatile, compress = true, timeout: given, signal } = this._flags;
    const { retries, ackTimeout } = this._opts;
    const timeout = given == null ? ackTimeout : given;
    const ack = typeof data[data.length - 1] === "function" ? (data.pop() as Ack) : undefined;
    this._flags = NO_FLAGS;
    const isRetried = !!retries && !volatile;
    // As `setTimeout` takes it: 0 if it is not a number.
    const limit = ack || isRetried ? (timeout === undefined ? Infinity : +timeout || 0) : undefined;
    const isAnnounced = this.connected;
    const encoded = this._encode(2, data, compress, isAnnounced, limit === undefined ? limit : this._acks._nextId);
    const [text, attachments] = encoded ? NO_CONTENT : serialize(data);
    if (isAnnounced) this._outgoing._call(this, data);
    const connection = this._connection;
    const link = volatile || isRetried ? 0 : connection._directLink(this, attachments.length, false);
    const outgoing = link ? undefined : encoded || new Outgoing(2, this.nsp, data, compress, text, isAnnounced);
    const delivery: Delivery = volatile ? "volatile" : isRetried ? (retries as number) : "once";
    const id = outgoing
      ? connection._emit(this._nsp, outgoing, attachments, limit, delivery)
      : limit === undefined
        ? -1
        : connection._expect(this._nsp, limit);
    if (typeof id === "string") this._refuse(event, id);
    if (id >= 0) this._acks._nextId = id + 1;
    if (ack) this._await(ack, id, isRetried || timeout !== undefined, signal);
    if (outgoing) outgoing.id = id < 0 ? undefined : id;
    else connection._sendDirect(link, false, this.nsp, id, text, attachments, compress, encoded);
    // The machine may have a new deadline.
    if (outgoing || (limit as number) < Infinity) connection._settle();
    return this;
  }

  /** Tells why an event is not sent. The machine has had an input, which ends the direct lane until it is polled. */
  private _refuse(event: string, why: Misuse): never {
    this._connection._settle();
    throw new Error(`cannot emit "${event}": ${why}; see ${REMEDIES[why]}`);
  }

  private _await(ack: Ack, id: number, withError: boolean, signal: AbortSignal | undefined): void {
    if (withError) ack._withError = true;
    this._acks._awaited.set(id, ack);
    if (signal) signal.addEventListener("abort", () => this._acks._take(id) && this._connection._cancel(this._nsp, id), { once: true });
  }

  /** Emits an event and returns a promise of its ack. */
  emitWithAck<Ev extends EventNames<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new Promise((resolve, reject) => {
      const { signal } = this._flags;
      if (signal) {
        if (signal.aborted) {
          this._flags = NO_FLAGS;
          reject(signal.reason);
          return;
        }
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }
      const ack: Ack = (error, value) => (error ? reject(error) : resolve(value));
      ack._withError = true;
      this.emit(event, ...([...args, ack] as any));
    });
  }

  // ---- flags of the next event ----

  /** Sets whether the next event is compressed, if the transport supports it. */
  compress(compress: boolean): this {
    return this._with({ compress });
  }

  /** Drops the next event if it cannot be sent at once. */
  get volatile(): this {
    return this._with({ volatile: true });
  }

  /** Fails the ack of the next event after `timeout` milliseconds. */
  timeout(timeout: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>, Io> {
    return this._with({ timeout }) as any;
  }

  /** Beyond socket.io-client: cancels the ack of the next event when `signal` aborts; `emitWithAck` then rejects with its reason. */
  signal(signal: AbortSignal): this {
    return this._with({ signal });
  }

  private _with(flag: Flags): this {
    this._flags = Object.assign({}, this._flags, flag);
    return this;
  }

  // ---- all events ----

  onAny(listener: Listener): this {
    this._incoming._all.push(listener);
    return this;
  }

  prependAny(listener: Listener): this {
    this._incoming._all.unshift(listener);
    return this;
  }

  offAny(listener?: Listener): this {
    this._incoming._remove(listener);
    return this;
  }

  listenersAny(): Listener[] {
    return this._incoming._all;
  }

  onAnyOutgoing(listener: Listener): this {
    this._outgoing._all.push(listener);
    return this;
  }

  prependAnyOutgoing(listener: Listener): this {
    this._outgoing._all.unshift(listener);
    return this;
  }

  offAnyOutgoing(listener?: Listener): this {
    this._outgoing._remove(listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return this._outgoing._all;
  }

  // ---- called by the connection ----

  _authorize(): void {
    const isOld = this._connection._isOld();
    const answer = (auth: unknown) => this._connection._authorize(this._nsp, auth, isOld ? queryOf(this.query, auth) : "");
    if (isOld && !this._opts.authInQuery) answer(undefined);
    else readAuth(this.auth, answer);
  }

  _onConnect(id: string, recovered: boolean): void {
    this._checkOld();
    this.id = id;
    this.recovered = recovered;
    this.connected = true;
    this.emitReserved("connect");
  }

  _onConnectError(error: ExtendedError, refusal: unknown): void {
    this._checkOld();
    this._active = false;
    if (refusal !== undefined && this._isCompat()) this._emitLocal("error", refusal);
    else this.emitReserved("connect_error", error);
  }

  _onDisconnect(reason: Reason, description: DisconnectDescription | undefined): void {
    if (reason === "io server disconnect") this._active = false;
    this.connected = false;
    this.id = undefined;
    this.emitReserved("disconnect", reason as EndReason, description);
  }

  _onEvent(args: unknown[]): void {
    this._incoming._call(this, args);
    this._emitArray(args);
  }

  /** Returns the function with which a listener acknowledges an event; later calls have no effect. */
  _ackFunction(reply: Reply): Listener {
    let sent = false;
    return (...args) => {
      if (sent) return;
      sent = true;
      this._reply(reply, args);
    };
  }

  // ---- called by the buffer ----

  _emitPacket({ data, id, options }: Packet): void {
    const ack = id === undefined ? id : this._acks._take(id);
    this._flags = options || {};
    (this as Emitting).emit(...(ack ? data.concat(ack) : data));
  }

  // ---- inside ----

  get _connection(): ConnectionLike {
    return this.io._connection as ConnectionLike;
  }

  private _isCompat(): boolean {
    return this.io.opts.compat === 2;
  }

  protected override _onListen(event: string): void {
    try {
      if (process.env.NODE_ENV !== "production") checkListener(this, event);
    } catch {
      // A page without a bundler has no `process`.
    }
  }

  private _checkOld(): void {
    try {
      if (process.env.NODE_ENV !== "production" && this._connection._isOld()) checkOldServer(this, this._opts.authInQuery);
    } catch {
      // A page without a bundler has no `process`.
    }
  }

  private _reply(reply: Reply, args: unknown[]): void {
    const connection = this._connection;
    const encoded = this._encode(3, args, true, true, reply.id);
    const [text, attachments] = encoded ? NO_CONTENT : serialize(args);
    const isCurrent = reply.session === this._session && Number.isSafeInteger(reply.id);
    const link = isCurrent && connection._directLink(this, attachments.length, true);
    if (link) connection._sendDirect(link, true, this.nsp, reply.id, text, attachments, true, encoded);
    else connection._reply(this._nsp, reply, encoded || new Outgoing(3, this.nsp, args, true, text, true), attachments);
  }

  /** Encodes a packet with the custom parser, if there is one. Throws the encoder's errors. */
  private _encode(type: number, data: unknown[], compress: boolean, isAnnounced: boolean, id: number | undefined): Outgoing | undefined {
    const parser = this._connection._parser;
    if (!parser) return undefined;
    const outgoing = new Outgoing(type, this.nsp, data, compress, "", isAnnounced);
    parser._prepare(outgoing, id);
    return outgoing;
  }
}

export namespace Socket {
  export type DisconnectReason = EndReason;
}
