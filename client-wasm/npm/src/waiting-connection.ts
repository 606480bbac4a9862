/** The connection of a manager while its code is loading: opens the first link, and keeps the calls for the connection. */

import type { Connection } from "./connection.js";
import type { ManagerLike, SocketLike } from "./connection-types.js";
import type { ConnectionLike } from "./connections.js";
import { type EarlyEngine, startEarly } from "./early-engine.js";
import type { EngineHost } from "./engine.js";
import type { Delivery, MachineOptions, Misuse, Nsp } from "./machine/contract.js";
import { sizeOf } from "./machine/size.js";
import type { Outgoing } from "./outgoing.js";
import { ParserAdapter } from "./parser.js";
import { guard, platform } from "./platform.js";

/** Creates the connection, with the engine whose first link is open. */
export type CreateConnection = (manager: ManagerLike, engine: EarlyEngine | undefined) => Connection;

/** The limits of the machine where an option is missing. */
const MAX_ACKS = 1e5;
const MAX_ATTACHMENTS = 1000;

/** The calls for a namespace until now. */
interface Calls {
  /** Whether the last call was one to connect or to disconnect. */
  wanted?: boolean;
  /** The events that are not dropped: `socket.sendBuffer`. */
  buffered: Outgoing[];
  count: number;
  bytes: number;
  /** The number of acks. Ids count from 0. */
  acks: number;
}

export class WaitingConnection implements ConnectionLike, EngineHost {
  _engine: EarlyEngine | undefined;
  readonly _parser: ParserAdapter | undefined;
  readonly _session = { _turn: 0, _configure() {} };
  private _sockets: SocketLike[] = [];
  private _namespaces: Calls[] = [];
  /** Acks of volatile events, which cannot be sent. */
  private _lost: (() => void)[] = [];
  private _calls: ((connection: Connection) => void)[] = [];
  private _clock = platform.clock(this._manager.opts.useNativeTimers);
  /** How often the code could not be loaded. */
  private _failures = 0;
  private _isLoading = false;

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
    this._keep((connection) => connection._open());
  }

  _close(): void {
    this._keep((connection) => connection._close());
  }

  _version(): undefined {}

  // ---- commands of sockets ----

  _namespace(socket: SocketLike): Nsp {
    this._namespaces.push({ buffered: [], count: 0, bytes: 0, acks: 0 });
    return this._sockets.push(socket) - 1;
  }

  _connect(nsp: Nsp): void {
    this._applyEdits();
    guard(() => this._begin());
    this._want(nsp, true);
  }

  _disconnect(nsp: Nsp): void {
    this._want(nsp, false);
  }

  /** An application may call `connect()` again and again, such as at each `connect_error`. */
  private _want(nsp: Nsp, wanted: boolean): void {
    const calls = this._namespaces[nsp] as Calls;
    if (calls.wanted !== wanted) this._keep((connection) => (wanted ? connection._connect(nsp) : connection._disconnect(nsp)));
    calls.wanted = wanted;
  }

  /** Whatever the policy of the offline buffer: a full one refuses the event. */
  _emit(nsp: Nsp, outgoing: Outgoing, attachments: readonly unknown[], ack: number | undefined, delivery: Delivery): number | Misuse {
    this._applyEdits();
    const calls = this._namespaces[nsp] as Calls;
    const size = attachments.reduce<number>((sum, part) => sum + sizeOf(part), outgoing.size);
    const misuse = this._misuse(calls, size, attachments.length, ack !== undefined);
    if (misuse) return misuse;
    calls.count++;
    calls.bytes += size;
    const id = ack === undefined ? -1 : calls.acks++;
    if (delivery !== "volatile") calls.buffered.push(outgoing);
    else if (id >= 0) this._lost.push(() => (this._sockets[nsp] as SocketLike)._onAckLost(id, "dropped"));
    const at = this._clock.now();
    this._keep((connection) => {
      const left = ack === undefined ? ack : Math.max(0, ack - (this._clock.now() - at));
      connection._emit(nsp, outgoing, attachments, left, delivery);
    });
    return id;
  }

  private _misuse({ count, bytes, acks }: Calls, size: number, attachments: number, isAcked: boolean): Misuse | undefined {
    const {
      offlinePackets,
      offlineBytes,
      maxAcks = MAX_ACKS,
      maxAttachments = MAX_ATTACHMENTS,
    } = this._manager._options() as Required<MachineOptions>;
    if (attachments > maxAttachments) return "too many attachments";
    if (isAcked && acks >= maxAcks) return "too many acks";
    return count >= offlinePackets || bytes + size > offlineBytes ? "buffer full" : undefined;
  }

  _cancel(nsp: Nsp, ack: number): void {
    this._remove(nsp, ({ id }) => id === ack);
    this._keep((connection) => connection._cancel(nsp, ack));
  }

  _offline(nsp: Nsp): Outgoing[] {
    return (this._namespaces[nsp] as Calls).buffered;
  }

  _removeOffline(nsp: Nsp, ack: number | undefined, at: number): void {
    this._remove(nsp, (_, position) => position === at);
    this._keep((connection) => connection._removeOffline(nsp, ack, at));
  }

  private _remove(nsp: Nsp, isMeant: (outgoing: Outgoing, at: number) => boolean): void {
    const calls = this._namespaces[nsp] as Calls;
    calls.buffered = calls.buffered.filter((outgoing, at) => !isMeant(outgoing, at));
  }

  _directLink = () => 0;
  _expect = () => 0;
  _sendDirect(): void {}
  _isOld = () => false;
  /** No socket is asked before the connection is there. */
  _authorize(): void {}
  _reply(): void {}

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
    this._keep((connection) => connection._abort());
  }

  _backlog = () => 0;

  // ---- inside ----

  /** Opens the first link, as the machine will: from the options alone. */
  private _begin(): void {
    this._wait();
    if (this._engine) return;
    this._engine = startEarly(this._manager, this);
    if (this._engine) this._manager._readyState = "opening";
  }

  /** Takes changes of `sendBuffer` into account, at the same times as the connection. */
  private _applyEdits(): void {
    for (const { _buffer: buffer } of this._sockets) if (buffer) guard(() => buffer._apply());
  }

  private _keep(call: (connection: Connection) => void): void {
    this._calls.push(call);
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
    for (const call of this._calls) call(connection);
    // It goes on counting, so that `sendBuffer` is read again.
    connection._session._turn += this._session._turn + 1;
    this._manager._connection = connection;
    for (const socket of this._sockets) socket._connection = connection;
    connection._settle();
  }
}
