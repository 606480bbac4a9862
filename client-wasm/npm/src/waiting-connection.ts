/** The connection of a manager while its code is loading: opens the first link, and keeps the calls for the connection. */

import type { Connection } from "./connection.js";
import type { ManagerLike, SocketLike } from "./connection-types.js";
import type { ConnectionLike } from "./connections.js";
import { type EarlyEngine, startEarly } from "./early-engine.js";
import type { EngineHost } from "./engine.js";
import type { Delivery, Misuse, Nsp } from "./machine/contract.js";
import { WaitingNamespaces } from "./machine/waiting-events.js";
import type { Outgoing } from "./outgoing.js";
import { ParserAdapter } from "./parser.js";
import { guard, platform } from "./platform.js";

/** Creates the connection, with the engine whose first link is open. */
export type CreateConnection = (manager: ManagerLike, engine: EarlyEngine | undefined) => Connection;

type Call = (connection: Connection) => void;

export class WaitingConnection implements ConnectionLike, EngineHost {
  _engine: EarlyEngine | undefined;
  readonly _parser: ParserAdapter | undefined;
  readonly _session = { _turn: 0, _configure() {} };
  private _waiting = new WaitingNamespaces<Outgoing>();
  /** The sockets, by `Nsp`. */
  private _sockets: SocketLike[] = [];
  /** Acks of volatile events, which cannot be sent. */
  private _lost: (() => void)[] = [];
  /** In order. A call takes the place of an earlier one with the same key: a name, or for those of a namespace `nsp` and `~nsp`. */
  private _calls = new Map<unknown, Call>();
  /** By namespace: whether the last call was one to connect or to disconnect. */
  private _wanted: boolean[] = [];
  private _clock = platform.clock(this._manager.opts.useNativeTimers);
  /** How often the code could not be loaded. */
  private _failures = 0;
  private _isLoading: boolean | undefined;

  constructor(
    private _manager: ManagerLike,
    private _load: () => Promise<CreateConnection>,
  ) {
    const { parser } = _manager.opts;
    if (parser) this._parser = new ParserAdapter(parser, (data) => data);
  }

  // ---- commands of the manager ----

  _open(): void {
    this._begin();
    this._wanted = [];
    // It was closed, and connects every active socket: void is all before but what concerns an event, which has no name.
    for (const key of this._calls.keys()) if (typeof key !== "function") this._calls.delete(key);
    this._keep((connection) => connection._open(), "open");
  }

  /** A socket that connects afterwards opens the connection again. */
  _close(): void {
    this._manager._readyState = "closed";
    this._wanted = [];
    this._keep((connection) => connection._close(), "close");
  }

  _version(): undefined {}

  // ---- commands of sockets ----

  _namespace(socket: SocketLike): Nsp {
    const nsp = this._waiting._find(socket.nsp);
    this._sockets[nsp] = socket;
    return nsp;
  }

  _connect(nsp: Nsp): void {
    this._applyEdits();
    guard(() => this._begin());
    this._want(nsp, true);
  }

  _disconnect(nsp: Nsp): void {
    this._want(nsp, false);
  }

  /**
   * An application may call `connect()` again and again, such as at each `connect_error`, or in turn with `disconnect()`. What one of them makes
   * void is not kept, but for a connection before its end, whose link is open.
   */
  private _want(nsp: Nsp, wanted: boolean): void {
    if (this._wanted[nsp] === wanted) return;
    this._wanted[nsp] = wanted;
    if (wanted) this._calls.delete(~nsp);
    // The last socket closes the connection.
    else if (!this._wanted.some(Boolean)) this._manager._readyState = "closed";
    this._keep((connection) => (wanted ? connection._connect(nsp) : connection._disconnect(nsp)), wanted ? nsp : ~nsp);
  }

  _emit(nsp: Nsp, outgoing: Outgoing, attachments: readonly unknown[], ack: number | undefined, delivery: Delivery): number | Misuse {
    this._applyEdits();
    const id = this._waiting._of(nsp)._add(this._manager._options(), outgoing, attachments, ack, delivery);
    if (typeof id === "string") return id;
    if (delivery === "volatile" && id >= 0) this._lost.push(() => (this._sockets[nsp] as SocketLike)._acks._lose(id, "dropped"));
    const at = this._clock.now();
    this._keep((connection) => {
      const left = ack === undefined ? ack : Math.max(0, ack - (this._clock.now() - at));
      connection._emit(nsp, outgoing, attachments, left, delivery);
    });
    return id;
  }

  _cancel(nsp: Nsp, ack: number): void {
    this._waiting._of(nsp)._retain(({ id }) => id !== ack);
    this._keep((connection) => connection._cancel(nsp, ack));
  }

  _offline(nsp: Nsp): Outgoing[] {
    return this._waiting._of(nsp)._buffered;
  }

  _removeOffline(nsp: Nsp, ack: number | undefined, at: number): void {
    this._waiting._of(nsp)._retain((_, position) => position !== at);
    this._keep((connection) => connection._removeOffline(nsp, ack, at));
  }

  _directLink = () => 0;

  // Not called before the connection is there: no event goes past the machine, and no socket is asked or hears anything.
  declare _expect: ConnectionLike["_expect"];
  declare _sendDirect: ConnectionLike["_sendDirect"];
  declare _isOld: ConnectionLike["_isOld"];
  declare _authorize: ConnectionLike["_authorize"];
  declare _reply: ConnectionLike["_reply"];

  _settle(): void {
    this._session._turn++;
    this._lost.splice(0).forEach(guard);
  }

  // ---- commands of the engine ----

  /** Before the handshake, data is dropped. */
  _write(_data: unknown, done?: () => void): void {
    if (done) guard(done);
  }

  _abort(): void {
    this._keep((connection) => connection._abort(), "abort");
  }

  _backlog = () => 0;

  // ---- inside ----

  /** Opens the first link, as the machine will: from the options alone. */
  private _begin(): void {
    this._wait();
    this._engine = this._engine || startEarly(this._manager, this);
    if (this._engine) this._manager._readyState = "opening";
  }

  /** Takes changes of `sendBuffer` into account, at the same times as the connection. */
  private _applyEdits(): void {
    for (const { _buffer: buffer } of this._sockets) if (buffer) guard(() => buffer._apply());
  }

  private _keep(call: Call, key: unknown = call): void {
    this._calls.delete(key);
    this._calls.set(key, call);
    this._session._turn++;
  }

  private _wait(): void {
    if (this._isLoading) return;
    this._isLoading = true;
    this._load().then(
      (create) => this._replace(create(this._manager, this._engine)),
      (cause) => this._retry(cause),
    );
  }

  /** Tells of the failure as of one to connect, and tries again after the same delay. */
  private _retry(cause: unknown): void {
    const { reconnection, reconnectionDelay = 0, reconnectionDelayMax = 0 } = this._manager._options();
    const delay = Math.min(reconnectionDelayMax, reconnectionDelay * 2 ** this._failures++);
    this._isLoading = false;
    if (reconnection !== false) this._clock.setTimeout(() => this._wait(), delay, this._manager.opts.autoUnref);
    this._manager._onError(Object.assign(new Error(`the code of tidewire/lazy could not be loaded: ${cause}`), { cause }));
  }

  /** Gives everything to the connection. What listeners emit until then comes after what was emitted before. */
  private _replace(connection: Connection): void {
    for (const socket of this._sockets) connection._namespace(socket);
    for (const call of this._calls.values()) call(connection);
    // It goes on counting, so that `sendBuffer` is read again.
    connection._session._turn += this._session._turn + 1;
    this._manager._connection = connection;
    connection._settle();
  }
}
