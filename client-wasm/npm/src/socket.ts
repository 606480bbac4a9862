/** The socket of a namespace: sends events, calls listeners, and knows whether it is connected. */

import { serialize } from "./binary.js";
import { isReserved } from "./canonical.js";
import type { DisconnectDescription, ManagerLike, Packet } from "./connection-types.js";
import type { ConnectionLike } from "./connections.js";
import { checkListener, checkOldServer } from "./development.js";
import { type DefaultEventsMap, Emitter, type EventNames, type EventParams, type EventsMap } from "./emitter.js";
import type { AckFailure, Delivery, Misuse, Nsp, Reason, Reply } from "./machine/contract.js";
import { OLD_EVENTS } from "./old-events.js";
import { Outgoing } from "./outgoing.js";
import { SendBuffer } from "./send-buffer.js";
import { encode } from "./url.js";

/** The options that help when `emit` throws. */
const REMEDIES: Partial<Record<Misuse, string>> = {
  "buffer full": "offlinePackets, offlineBytes and offlinePolicy",
  "too many acks": "maxAcks",
  "too many attachments": "maxAttachments",
};

/** The messages of failed acks; `timeout` and `disconnected` have those of socket.io-client. */
const ACK_ERRORS: Record<AckFailure, string> = {
  timeout: "operation has timed out",
  disconnected: "socket has been disconnected",
  dropped: "the event was dropped before it was sent",
};

type PrependTimeoutError<T extends any[]> = {
  [K in keyof T]: T[K] extends (...args: infer Params) => infer Result ? (err: Error, ...args: Params) => Result : T[K];
};

/** Adds an error in front of the arguments of every ack in a map of events, as `timeout()` does. */
export type DecorateAcknowledgements<E> = {
  [K in keyof E]: E[K] extends (...args: infer Params) => infer Result ? (...args: PrependTimeoutError<Params>) => Result : E[K];
};
export type Last<T extends any[]> = T extends [...infer _, infer L] ? L : any;
export type AllButLast<T extends any[]> = T extends [...infer H, infer _] ? H : any[];
export type FirstArg<T> = T extends (arg: infer Param) => infer _ ? Param : any;

export interface SocketOptions {
  /** Credentials for the middleware of the server, or a function that passes them to its callback at each connection. */
  auth?: Auth;
  /**
   * Beyond socket.io-client: add `auth` to the query of the namespace on a 2.x server, which has no `auth`. `/` has no query of its own there:
   * use `query`, which goes with the URL. @default false
   */
  authInQuery?: boolean;
  /** How often an event is sent again until the server acknowledges it. */
  retries?: number;
  /** Default of `timeout()`: milliseconds until an ack fails. */
  ackTimeout?: number;
}

export interface ExtendedError extends Error {
  data?: any;
  /** A transport's error has the HTTP status, an event or an error. */
  description?: any;
  /** A transport's error has the request, or the error of the platform. */
  context?: any;
  type?: string;
}

/** An object for the server, or a function that gives one: to its callback, or, beyond socket.io-client, by a promise. */
type Auth = { [key: string]: any } | ((cb: (data: object) => void) => void);

export interface SocketReservedEvents {
  connect: () => void;
  connect_error: (err: ExtendedError) => void;
  disconnect: (reason: Socket.DisconnectReason, description?: DisconnectDescription) => void;
}

/** The options of the next event. */
interface Flags {
  readonly compress?: boolean;
  readonly volatile?: boolean;
  readonly timeout?: number;
  readonly signal?: AbortSignal;
}

const NO_FLAGS: Flags = {};

/** The content of a packet that a custom parser encodes. */
const NO_CONTENT: ReturnType<typeof serialize> = ["", []];

type Listener = (...args: any[]) => void;
type Ack = Listener & { _withError?: boolean };

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
  _connection: ConnectionLike;
  private _active = false;
  private _flags = NO_FLAGS;
  private _acks = new Map<number, Ack>();
  /** The id that the machine gives to the next event with an ack. */
  private _nextId = 0;
  private _anyListeners: Listener[] = [];
  private _anyOutgoingListeners: Listener[] = [];

  constructor(io: Io, nsp: string, opts?: Partial<SocketOptions>) {
    super();
    this.io = io;
    this.nsp = nsp;
    this._opts = Object.assign({}, opts);
    if (this._opts.auth) this.auth = this._opts.auth;
    this._connection = io._connectionOrCreate();
    this.query = (this._opts as { query?: Socket["query"] }).query;
    this._nsp = this._connection._namespace(this);
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
    return (this.emit as Listener).call(this, "message", ...args) as any;
  }

  override emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this;
  override emit(...data: unknown[]): this {
    const event = data[0] as string;
    if (this._isCompat() && OLD_EVENTS.test(event)) return this._emitArray(data);
    if (isReserved(event)) throw new Error(`"${event}" is a reserved event name`);
    const { volatile, compress = true, timeout = this._opts.ackTimeout, signal } = this._flags;
    const { retries } = this._opts;
    const ack = typeof data[data.length - 1] === "function" ? (data.pop() as Ack) : undefined;
    this._flags = NO_FLAGS;
    const isRetried = !!retries && !volatile;
    const limit = ack || isRetried ? (timeout === undefined ? Infinity : timeout) : undefined;
    const isAnnounced = this.connected;
    const encoded = this._encode(2, data, compress, isAnnounced, limit === undefined ? limit : this._nextId);
    const [text, attachments] = encoded ? NO_CONTENT : serialize(data);
    if (isAnnounced) this._announce(data);
    const connection = this._connection;
    // A limit that is not a number is the machine's to understand.
    const isPlain = !volatile && !isRetried && !(limit !== undefined && !(limit >= 0));
    const link = isPlain ? connection._directLink(this, attachments.length, false) : 0;
    const outgoing = link ? undefined : encoded || new Outgoing(2, this.nsp, data, compress, text, isAnnounced);
    const delivery: Delivery = volatile ? "volatile" : isRetried ? (retries as number) : "once";
    const id = outgoing
      ? connection._emit(this._nsp, outgoing, attachments, limit, delivery)
      : limit === undefined
        ? -1
        : connection._expect(this._nsp, limit);
    if (typeof id === "string") this._refuse(event, id);
    if (id >= 0) this._nextId = id + 1;
    if (ack) this._await(ack, id, isRetried || timeout !== undefined, signal);
    if (outgoing) outgoing.id = id < 0 ? undefined : id;
    else connection._sendDirect(link, false, this.nsp, id, text, attachments, compress);
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
    this._acks.set(id, ack);
    if (signal) signal.addEventListener("abort", () => this._cancelAck(id), { once: true });
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
    this._anyListeners.push(listener);
    return this;
  }

  prependAny(listener: Listener): this {
    this._anyListeners.unshift(listener);
    return this;
  }

  offAny(listener?: Listener): this {
    this._anyListeners = without(this._anyListeners, listener);
    return this;
  }

  listenersAny(): Listener[] {
    return this._anyListeners;
  }

  onAnyOutgoing(listener: Listener): this {
    this._anyOutgoingListeners.push(listener);
    return this;
  }

  prependAnyOutgoing(listener: Listener): this {
    this._anyOutgoingListeners.unshift(listener);
    return this;
  }

  offAnyOutgoing(listener?: Listener): this {
    this._anyOutgoingListeners = without(this._anyOutgoingListeners, listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return this._anyOutgoingListeners;
  }

  // ---- called by the connection ----

  _authorize(): void {
    const { auth, query } = this;
    const isOld = this._connection._isOld();
    const answer = (data: unknown) =>
      this._connection._authorize(this._nsp, data, isOld ? [query, flat(data)].map(asQuery).filter(Boolean).join("&") : "");
    if (isOld && !this._opts.authInQuery) answer(undefined);
    else if (typeof auth === "function") {
      const promise: any = auth(answer);
      if (promise && promise.then) void promise.then((data: unknown) => data && answer(data));
    } else answer(auth);
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
    this.emitReserved("disconnect", reason as Socket.DisconnectReason, description);
  }

  _onEvent(args: unknown[]): void {
    if (this._anyListeners.length) for (const listener of this._anyListeners.slice()) listener.apply(this, args);
    this._emitArray(args);
  }

  _onAck(id: number, args: unknown[]): void {
    const ack = this._takeAck(id);
    if (ack) ack.apply(this, ack._withError ? [null, ...args] : args);
  }

  _onAckLost(id: number, why: AckFailure): void {
    const ack = this._takeAck(id);
    if (ack && (why === "timeout" || ack._withError)) ack.call(this, new Error(ACK_ERRORS[why]));
  }

  /** Calls the `onAnyOutgoing` listeners, once for each event. */
  _announce(data: unknown[]): void {
    if (this._anyOutgoingListeners.length) for (const listener of this._anyOutgoingListeners.slice()) listener.apply(this, data);
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

  _turn(): number {
    return this._connection._session._turn;
  }

  _offline(): Outgoing[] {
    return this._connection._offline(this._nsp);
  }

  _dropBuffered({ id }: Outgoing, at: number, again: boolean): void {
    this._connection._removeOffline(this._nsp, id, at);
    if (id !== undefined && !again) this._onAckLost(id, "dropped");
  }

  _emitPacket({ data, id, options }: Packet): void {
    const ack = id === undefined ? id : this._takeAck(id);
    this._flags = options || {};
    (this.emit as Listener).apply(this, ack ? data.concat(ack) : data);
  }

  // ---- inside ----

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

  private _takeAck(id: number): Ack | undefined {
    const ack = this._acks.get(id);
    this._acks.delete(id);
    return ack;
  }

  private _cancelAck(id: number): void {
    if (this._takeAck(id)) this._connection._cancel(this._nsp, id);
  }

  private _reply(reply: Reply, args: unknown[]): void {
    const connection = this._connection;
    const encoded = this._encode(3, args, true, true, reply.id);
    const [text, attachments] = encoded ? NO_CONTENT : serialize(args);
    const isCurrent = reply.session === this._session && Number.isSafeInteger(reply.id);
    const link = isCurrent && connection._directLink(this, attachments.length, true);
    if (link) connection._sendDirect(link, true, this.nsp, reply.id, text, attachments, true);
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
  export type DisconnectReason =
    | "io server disconnect"
    | "io client disconnect"
    | "ping timeout"
    | "transport close"
    | "transport error"
    | "parse error";
}

/** Returns the members of an object as a query has them: objects as JSON. */
const flat = (auth: unknown): object | undefined =>
  auth ? JSON.parse(JSON.stringify(auth, (key, value) => (key && value && typeof value === "object" ? JSON.stringify(value) : value))) : undefined;

const asQuery = (query: any): string => (typeof query === "string" ? query : encode(query));

/** Removes the first occurrence of a listener, or all listeners if none is given. */
function without(listeners: Listener[], listener: Listener | undefined): Listener[] {
  const at = listener ? listeners.indexOf(listener) : -1;
  if (at >= 0) listeners.splice(at, 1);
  return listener ? listeners : [];
}
