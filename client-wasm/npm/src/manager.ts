/** A connection to a server and its namespaces, as users see it. */

import { Connection } from "./connection.js";
import { type DefaultEventsMap, Emitter, type EventsMap } from "./emitter.js";
import type { Engine } from "./engine.js";
import type { EngineVersion, MachineOptions } from "./machine/contract.js";
import { type ManagerOptions, machineOptions } from "./options.js";
import { Socket, type SocketOptions } from "./socket.js";
import type { DisconnectDescription, Packet } from "./users.js";

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
  /** Beyond the reference: the buffer was full, and this event gave way. */
  drop: (packet: any, socket: Socket) => void;
}

/** Gives a setting, or sets it. */
interface Setting<T, Self> {
  (v: T): Self;
  (): T;
  (v?: T): Self | T;
}

export class Manager<ListenEvents extends EventsMap = DefaultEventsMap, _EmitEvents extends EventsMap = ListenEvents> extends Emitter<
  {},
  {},
  ManagerReservedEvents
> {
  opts: Partial<ManagerOptions>;
  /** By name. */
  readonly nsps: Record<string, Socket<any, any>> = {};
  readonly _uri: string | undefined;
  readonly _autoConnect: boolean;
  private _settings: Partial<ManagerOptions> & { timeout: number | boolean };
  private _connection: Connection | undefined;
  private _seed = Math.random() * 2 ** 32;

  constructor(opts: Partial<ManagerOptions>);
  constructor(uri?: string, opts?: Partial<ManagerOptions>);
  constructor(uri?: string | Partial<ManagerOptions>, opts?: Partial<ManagerOptions>);
  constructor(uri?: string | Partial<ManagerOptions>, options?: Partial<ManagerOptions>) {
    super();
    const opts: Partial<ManagerOptions> = (typeof uri === "object" ? uri : options) || {};
    opts.path = opts.path || "/socket.io";
    this._uri = typeof uri === "string" ? uri : undefined;
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

  /** The connection of today: another at each attempt. */
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

  /** Opens the connection if it is not open or on its way. `done` hears how that ended. */
  open(done?: (err?: Error) => void): this {
    const connection = this._line();
    const { _engine: engine } = connection;
    if (engine && /^open/.test(engine.readyState)) return this;
    if (done) {
      const end = (error?: Error) => {
        this.off("open", end as () => void).off("error", end);
        if (error) done(error);
        else done();
      };
      this.on("open", end as () => void).on("error", end);
    }
    connection._open();
    return this;
  }

  connect(done?: (err?: Error) => void): this {
    return this.open(done);
  }

  /** The socket of a namespace, made if it is new. */
  socket(nsp: string, opts?: Partial<SocketOptions>): Socket {
    const known = this.nsps[nsp];
    if (!known) return (this.nsps[nsp] = new Socket(this, nsp, opts));
    if (this._autoConnect && !known.active) known.connect();
    return known;
  }

  /** Beyond the reference: returns the Engine.IO version of the connected server ("eio3" is socket.io 2.x), once it is known. */
  engineVersion(): EngineVersion | undefined {
    return this._connection && this._connection._engineVersion();
  }

  /** Closes the connection, for good. */
  _close(): void {
    this._line()._close();
  }

  // ---- what sockets and the connection call ----

  /** Gives a setting, or changes it. */
  _setting(name: keyof ManagerOptions, value: unknown): unknown {
    const settings = this._settings as Record<string, unknown>;
    if (value === undefined) return settings[name];
    settings[name] = value;
    if (this._connection) this._connection._configure();
    return this;
  }

  _line(): Connection {
    return (this._connection = this._connection || new Connection(this));
  }

  /** What the machine goes by, as the options are now. */
  _options(): MachineOptions {
    return machineOptions(Object.assign({}, this.opts, this._settings as Partial<ManagerOptions>), this._seed);
  }

  _say<Ev extends keyof ManagerReservedEvents>(event: Ev, ...args: Parameters<ManagerReservedEvents[Ev]>): void {
    this.emitReserved(event, ...args);
  }

  _failed(failure: Error | string): void {
    const error = failure as Error;
    // The sockets first, as they were there first.
    for (const name of Object.keys(this.nsps)) {
      const socket = this.nsps[name] as Socket<any, any>;
      if (socket.active && !socket.connected) socket._tell("connect_error", error);
    }
    this._say("error", error);
  }
}

for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"] as const) {
  Manager.prototype[name] = function (this: Manager, value?: any): any {
    return this._setting(name, value);
  };
}
