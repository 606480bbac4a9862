/** A namespace of a connection, as users see it: events out, events in, and whether it is connected. */

import type { Connection } from "./connection.js";
import { type DefaultEventsMap, Emitter, type EventNames, type EventParams, type EventsMap } from "./emitter.js";
import type { AckFailure, Delivery, Nsp, Reply } from "./machine/contract.js";
import { sizeOf } from "./machine/size.js";
import type { Manager } from "./manager.js";
import { Outgoing } from "./outgoing.js";
import { serialize } from "./payload.js";
import { encode } from "./url.js";
import type { DisconnectDescription, Packet } from "./users.js";

/** Names that are not the user's to emit. */
const RESERVED = /^(connect|connect_error|disconnect|disconnecting|newListener|removeListener)$/;

type PrependTimeoutError<T extends any[]> = {
  [K in keyof T]: T[K] extends (...args: infer Params) => infer Result ? (err: Error, ...args: Params) => Result : T[K];
};

/** Of a map of events: with an error in front of the arguments of every ack, as `timeout()` gives them. */
export type DecorateAcknowledgements<E> = {
  [K in keyof E]: E[K] extends (...args: infer Params) => infer Result ? (...args: PrependTimeoutError<Params>) => Result : E[K];
};
export type Last<T extends any[]> = T extends [...infer _, infer L] ? L : any;
export type AllButLast<T extends any[]> = T extends [...infer H, infer _] ? H : any[];
export type FirstArg<T> = T extends (arg: infer Param) => infer _ ? Param : any;

export interface SocketOptions {
  /** What the server's middleware is to know, or a function that gives it, called at each connection. */
  auth?: { [key: string]: any } | ((cb: (data: object) => void) => void);
  /** How often an event is sent again until the server has answered it. */
  retries?: number;
  /** Milliseconds until an answer is given up, where `timeout()` does not say so. */
  ackTimeout?: number;
}

export interface ExtendedError extends Error {
  data?: any;
}

export interface SocketReservedEvents {
  connect: () => void;
  connect_error: (err: ExtendedError) => void;
  disconnect: (reason: Socket.DisconnectReason, description?: DisconnectDescription) => void;
}

interface Flags {
  compress?: boolean;
  volatile?: boolean;
  timeout?: number;
  signal?: AbortSignal;
}

type Listener = (...args: any[]) => void;
type Ack = Listener & { _withError?: boolean };

export class Socket<ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents> extends Emitter<
  ListenEvents,
  EmitEvents,
  SocketReservedEvents
> {
  readonly io: Manager<ListenEvents, EmitEvents>;
  /** The server's name for this connection, while there is one. */
  id: string | undefined;
  connected = false;
  /** Whether the server has restored the session from before the last disconnection. */
  recovered = false;
  declare auth: { [key: string]: any } | ((cb: (data: object) => void) => void);
  /** What came before the server's CONNECT: told as soon as that has come. */
  receiveBuffer: Array<ReadonlyArray<any>> = [];
  /** @internal */
  readonly nsp: string;
  readonly _nsp: Nsp;

  private _opts: Partial<SocketOptions>;
  private _connection: Connection;
  private _wanted = false;
  private _flags: Flags = {};
  private _acks = new Map<number, Ack>();
  /** Which the machine gives to the next event that wants an answer. */
  private _nextId = 0;
  private _incoming: Listener[] = [];
  private _outgoing: Listener[] = [];

  constructor(io: Manager<any, any>, nsp: string, opts?: Partial<SocketOptions>) {
    super();
    this.io = io;
    this.nsp = nsp;
    this._opts = Object.assign({}, opts);
    if (this._opts.auth) this.auth = this._opts.auth;
    this._connection = io._line();
    const { query } = this._opts as { query?: Record<string, unknown> };
    this._nsp = this._connection._namespace(this, nsp, query && encode(query));
    if (io._autoConnect) this.open();
  }

  get disconnected(): boolean {
    return !this.connected;
  }

  /** Whether it is connected, or will be when it can. */
  get active(): boolean {
    return this._wanted;
  }

  /** What waits to be sent, the oldest first. Set it to an empty array to forget all of it. */
  get sendBuffer(): Packet[] {
    return this._connection._offline(this._nsp).map(({ type, nsp, data, id, compress }) => {
      const packet = { type, nsp, data, options: { compress } };
      return id === undefined ? packet : Object.assign(packet, { id });
    });
  }

  set sendBuffer(packets: Packet[]) {
    this._connection._forget(this._nsp);
    for (const { data } of packets) (this.emit as Listener).apply(this, data);
  }

  // ---- connection ----

  connect(): this {
    if (this.connected) return this;
    this._wanted = true;
    this._connection._connect(this._nsp);
    return this;
  }

  open(): this {
    return this.connect();
  }

  disconnect(): this {
    this._wanted = false;
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

  override emit<Ev extends EventNames<EmitEvents>>(event: Ev, ...args: EventParams<EmitEvents, Ev>): this {
    if (RESERVED.test(event as string)) throw new Error(`"${String(event)}" is a reserved event name`);
    const { volatile, compress, timeout = this._opts.ackTimeout, signal } = this._flags;
    const { retries } = this._opts;
    const data: unknown[] = [event, ...args];
    const ack = typeof data[data.length - 1] === "function" ? (data.pop() as Ack) : undefined;
    this._flags = {};
    const again = !!retries && !volatile;
    const within = ack || again ? (timeout === undefined ? Infinity : timeout) : undefined;
    const [outgoing, attachments] = this._written(2, data, compress !== false, again, within === undefined ? within : this._nextId);
    if (this.connected) this._announce(outgoing);
    const delivery: Delivery = volatile ? "volatile" : again ? (retries as number) : "once";
    const id = this._connection._emit(this._nsp, outgoing, attachments, within, delivery);
    if (typeof id === "string") throw new Error(id);
    if (id >= 0) this._nextId = id + 1;
    if (ack) {
      outgoing.id = id;
      if (again || timeout !== undefined) ack._withError = true;
      this._acks.set(id, ack);
      if (signal) signal.addEventListener("abort", () => this._giveUp(id), { once: true });
    }
    this._connection._settle();
    return this;
  }

  /** Emits, and promises the server's answer. */
  emitWithAck<Ev extends EventNames<EmitEvents>>(
    event: Ev,
    ...args: AllButLast<EventParams<EmitEvents, Ev>>
  ): Promise<FirstArg<Last<EventParams<EmitEvents, Ev>>>> {
    return new Promise((resolve, reject) => {
      const { signal } = this._flags;
      if (signal) {
        if (signal.aborted) {
          this._flags = {};
          reject(signal.reason);
          return;
        }
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }
      const ack: Ack = (error, answer) => (error ? reject(error) : resolve(answer));
      ack._withError = true;
      this.emit(event, ...([...args, ack] as any));
    });
  }

  // ---- of the next event ----

  /** Whether to compress it, where the transport can. */
  compress(compress: boolean): this {
    this._flags.compress = compress;
    return this;
  }

  /** Drop it if it cannot be sent at once. */
  get volatile(): this {
    this._flags.volatile = true;
    return this;
  }

  /** Give its answer up after so many milliseconds, with an error. */
  timeout(timeout: number): Socket<ListenEvents, DecorateAcknowledgements<EmitEvents>> {
    this._flags.timeout = timeout;
    return this as any;
  }

  /** Beyond the reference: give its answer up when the signal says so; `emitWithAck` is rejected with the signal's reason. */
  signal(signal: AbortSignal): this {
    this._flags.signal = signal;
    return this;
  }

  // ---- all events ----

  onAny(listener: Listener): this {
    this._incoming.push(listener);
    return this;
  }

  prependAny(listener: Listener): this {
    this._incoming.unshift(listener);
    return this;
  }

  offAny(listener?: Listener): this {
    this._incoming = without(this._incoming, listener);
    return this;
  }

  listenersAny(): Listener[] {
    return this._incoming;
  }

  onAnyOutgoing(listener: Listener): this {
    this._outgoing.push(listener);
    return this;
  }

  prependAnyOutgoing(listener: Listener): this {
    this._outgoing.unshift(listener);
    return this;
  }

  offAnyOutgoing(listener?: Listener): this {
    this._outgoing = without(this._outgoing, listener);
    return this;
  }

  listenersAnyOutgoing(): Listener[] {
    return this._outgoing;
  }

  // ---- what the connection tells ----

  _authorize(): void {
    const { auth } = this;
    if (typeof auth === "function") auth((data) => this._connection._authorize(this._nsp, data));
    else this._connection._authorize(this._nsp, auth);
  }

  _connected(id: string, recovered: boolean): void {
    this.id = id;
    this.recovered = recovered;
    this.connected = true;
    this.emitReserved("connect");
  }

  _refused(error: ExtendedError): void {
    this._wanted = false;
    this.emitReserved("connect_error", error);
  }

  _disconnected(reason: string, description: DisconnectDescription | undefined): void {
    if (reason === "io server disconnect") this._wanted = false;
    this.connected = false;
    this.id = undefined;
    this.emitReserved("disconnect", reason as Socket.DisconnectReason, description);
  }

  _received(args: unknown[], reply: Reply | undefined): void {
    if (reply) args.push(this._replier(reply));
    for (const listener of this._incoming.slice()) listener.apply(this, args);
    this._tell.apply(this, args as [string]);
  }

  _acked(id: number, args: unknown[]): void {
    const ack = this._settled(id);
    if (ack) ack.apply(this, ack._withError ? [null, ...args] : args);
  }

  _ackLost(id: number, why: AckFailure): void {
    const ack = this._settled(id);
    if (!ack) return;
    if (why === "timeout") ack.call(this, new Error("operation has timed out"));
    else if (ack._withError) ack.call(this, new Error(why === "dropped" ? "the event was dropped" : "socket has been disconnected"));
  }

  /** Lets those know who watch all that goes out, once for each event. */
  _announce(outgoing: Outgoing): void {
    if (outgoing.type !== 2 || outgoing.told) return;
    outgoing.told = true;
    for (const listener of this._outgoing.slice()) listener.apply(this, outgoing.data);
  }

  // ---- inside ----

  private _settled(id: number): Ack | undefined {
    const ack = this._acks.get(id);
    this._acks.delete(id);
    return ack;
  }

  private _giveUp(id: number): void {
    if (this._settled(id)) this._connection._cancel(this._nsp, id);
  }

  /** The function by which a listener answers, once. */
  private _replier(reply: Reply): Listener {
    let sent = false;
    return (...args) => {
      if (sent) return;
      sent = true;
      const [outgoing, attachments] = this._written(3, args, true, false, reply.id);
      this._connection._reply(this._nsp, reply, outgoing, attachments);
    };
  }

  private _written(type: number, data: unknown[], compress: boolean, exact: boolean, id: number | undefined): [Outgoing, unknown[]] {
    const connection = this._connection;
    const { _bridge: bridge } = connection;
    const [text, attachments] = bridge ? ["", []] : serialize(data);
    const size = sizeOf(text, exact || connection._countsBytes());
    const outgoing = new Outgoing(type, this.nsp, data, compress, text, size);
    if (bridge) bridge._prepare(outgoing, id);
    return [outgoing, attachments];
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

/** All but the first of these; none at all if nothing is named. */
function without(listeners: Listener[], listener: Listener | undefined): Listener[] {
  const at = listener ? listeners.indexOf(listener) : -1;
  if (at >= 0) listeners.splice(at, 1);
  return listener ? listeners : [];
}
