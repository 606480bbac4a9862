/** The manager of a connection and its sockets, and the public type of sockets. */

import type { DisconnectDescription, Packet } from "./connection-types.js";
import { type ConnectionLike, connections } from "./connections.js";
import { type DefaultEventsMap, Emitter, type EventsMap } from "./emitter.js";
import type { Engine } from "./engine.js";
import type { MachineOptions } from "./machine/contract.js";
import { machineOptions } from "./machine-options.js";
import type { EngineVersion, ManagerOptions } from "./options.js";
import { Socket as SocketOf } from "./socket.js";
import type { SocketOptions } from "./socket-types.js";

export interface ManagerReservedEvents {
  open: () => void;
  error: (err: Error) => void;
  ping: () => void;
  packet: (packet: Packet) => void;
  close: (reason: string, description?: DisconnectDescription) => void;
  reconnect_failed: () => void;
  reconnect_attempt: (attempt: number) => void;
  reconnect_error: (err: Error) => void;
  reconnect: (attempt: number) => void;
  /** Beyond socket.io-client: an event was dropped, because the offline buffer was full. */
  drop: (packet: DroppedPacket, socket: Socket<any, any>) => void;
}

/** The event in `drop`: `data` is its name and its arguments. */
export type DroppedPacket = Readonly<Pick<Packet, "type" | "nsp" | "id"> & { data: any[] }>;

/** Returns a setting, or sets it. */
interface Setting<T, Self> {
  (v: T): Self;
  (): T;
  (v?: T): Self | T;
}

/** The socket of a namespace. Its class is in `socket.ts`, which does not know the type of managers. */
export type Socket<ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents> = SocketOf<
  ListenEvents,
  EmitEvents,
  Manager<ListenEvents, EmitEvents>
>;
export const Socket = SocketOf as new <ListenEvents extends EventsMap = DefaultEventsMap, EmitEvents extends EventsMap = ListenEvents>(
  io: Manager<any, any>,
  nsp: string,
  opts?: Partial<SocketOptions>,
) => Socket<ListenEvents, EmitEvents>;
export declare namespace Socket {
  export type DisconnectReason = SocketOf.DisconnectReason;
}

export class Manager<ListenEvents extends EventsMap = DefaultEventsMap, _EmitEvents extends EventsMap = ListenEvents> extends Emitter<
  {},
  {},
  ManagerReservedEvents
> {
  opts: Partial<ManagerOptions>;
  /** Sockets by the name of their namespace. */
  readonly nsps: Record<string, Socket<any, any>> = {};
  /** The address of the server. A change counts at the next attempt to connect, also in a listener of `reconnect_attempt`. */
  uri: string | undefined;
  _readyState: "opening" | "open" | "closed" = "closed";
  readonly _autoConnect: boolean;
  private _settings: Partial<ManagerOptions> & { timeout: number | boolean };
  _connection: ConnectionLike | undefined;
  private _seed = Math.random() * 2 ** 32;

  constructor(opts: Partial<ManagerOptions>);
  constructor(uri?: string, opts?: Partial<ManagerOptions>);
  constructor(uri?: string | Partial<ManagerOptions>, opts?: Partial<ManagerOptions>);
  constructor(uri?: string | Partial<ManagerOptions>, options?: Partial<ManagerOptions>) {
    super();
    const opts: Partial<ManagerOptions> = (typeof uri === "object" ? uri : options) || {};
    opts.path = opts.path || "/socket.io";
    this.uri = typeof uri === "string" ? uri : undefined;
    this.opts = opts;
    this._settings = {
      reconnection: opts.reconnection !== false,
      reconnectionAttempts: opts.reconnectionAttempts || Infinity,
      reconnectionDelay: opts.reconnectionDelay || 1000,
      reconnectionDelayMax: opts.reconnectionDelayMax || 5000,
      randomizationFactor: opts.randomizationFactor == null ? 0.5 : opts.randomizationFactor,
      timeout: opts.timeout == null ? 20000 : opts.timeout,
    };
    this._autoConnect = opts.autoConnect !== false;
    if (this._autoConnect) this.open();
  }

  /** The current engine; replaced on each attempt to connect. */
  get engine(): Engine {
    return (this._connection && this._connection._engine) as Engine;
  }

  // ---- settings ----

  declare reconnection: Setting<boolean, this>;
  declare reconnectionAttempts: Setting<number, this>;
  declare reconnectionDelay: Setting<number, this>;
  declare reconnectionDelayMax: Setting<number, this>;
  declare randomizationFactor: Setting<number, this>;
  declare timeout: Setting<number | boolean, this>;

  // ---- connection ----

  /** Connects, unless the connection is open or opening. Calls `done` with the error, or without one. */
  open(done?: (err?: Error) => void): this {
    const connection = this._connectionOrCreate();
    if (this._readyState !== "closed") return this;
    if (done) {
      const end = (...args: [error?: Error]) => {
        this.off("open", end).off("error", end);
        done(...args);
      };
      this.on("open", end).on("error", end);
    }
    connection._open();
    return this;
  }

  connect(done?: (err?: Error) => void): this {
    return this.open(done);
  }

  /** Returns the socket of a namespace; creates it at the first call. */
  socket(nsp: string, opts?: Partial<SocketOptions>): Socket {
    const known = this.nsps[nsp];
    if (!known) return (this.nsps[nsp] = new Socket(this, nsp, opts));
    if (this._autoConnect && !known.active) known.connect();
    return known;
  }

  /** Beyond socket.io-client: returns the Engine.IO version of the connected server, or `undefined` while it is not known. */
  engineVersion(): EngineVersion | undefined {
    return this._connection && this._connection._version();
  }

  /** Closes the connection and does not reconnect. */
  _close(): void {
    this._connectionOrCreate()._close();
  }

  // ---- called by sockets and by the connection ----

  /** Returns a setting, or changes it. */
  _setting(name: keyof ManagerOptions, value: unknown): unknown {
    const settings = this._settings as Record<string, unknown>;
    if (value === undefined) return settings[name];
    settings[name] = value;
    const connection = this._connection;
    if (connection) {
      connection._session._configure();
      connection._settle();
    }
    return this;
  }

  _connectionOrCreate(): ConnectionLike {
    return (this._connection = this._connection || connections._create(this));
  }

  /** Emits an event; with `compat: 2`, the sockets emit it after the manager, as in socket.io-client 2.x. */
  _emitAll(event: string, ...args: unknown[]): void {
    this._emitLocal(event, ...args);
    if (this.opts.compat === 2) for (const name of Object.keys(this.nsps)) (this.nsps[name] as Socket)._emitLocal(event, ...args);
  }

  /** The machine's options, as they are now. */
  _options(): MachineOptions {
    return machineOptions(Object.assign({}, this.opts, this._settings as Partial<ManagerOptions>), this._seed);
  }

  _onError(failure: Error | string): void {
    const error = failure as Error;
    // Sockets come before listeners of the manager, because socket.io-client's sockets listen first.
    for (const name of Object.keys(this.nsps)) {
      const socket = this.nsps[name] as Socket<any, any>;
      if (socket.active && !socket.connected) socket._emitLocal("connect_error", error);
      else if (this.opts.compat === 2) socket._emitLocal(socket.connected ? "error" : "connect_error", error);
    }
    this.emitReserved("error", error);
  }
}

for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"] as const) {
  Manager.prototype[name] = function (this: Manager, value?: any): any {
    return this._setting(name, value);
  };
}
