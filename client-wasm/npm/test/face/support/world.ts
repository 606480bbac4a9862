/** A world for the face: a clock that stands still until it is moved, and a server that a test plays by itself. */

import type { Carried, Carrier, CarrierEvents, CarrierOptions } from "../../../src/carriers.js";
import { inline } from "../../../src/machine/inline.js";
import { Manager } from "../../../src/manager.js";
import type { ManagerOptions } from "../../../src/options.js";
import { platform } from "../../../src/platform.js";
import { provide } from "../../../src/provide.js";
import type { Socket, SocketOptions } from "../../../src/socket.js";

export const GREETING = '0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

interface Timer {
  at: number;
  run: () => void;
}

/** One socket or one request of the face's. */
export class Wire implements Carried {
  sent: unknown[] = [];
  compressed: (boolean | undefined)[] = [];
  closed = false;
  /** Bytes that do not get through. */
  stuck = 0;

  constructor(
    readonly kind: "websocket" | "polling",
    readonly uri: string,
    readonly opts: CarrierOptions,
    readonly on: CarrierEvents,
    readonly body: string | undefined,
  ) {}

  send(data: unknown, compress?: boolean): void {
    this.sent.push(data);
    this.compressed.push(compress);
  }

  waiting(): number {
    return this.stuck;
  }

  close(): void {
    this.closed = true;
  }

  /** The server says something. */
  hear(...frames: (string | ArrayBuffer | Uint8Array)[]): this {
    for (const frame of frames) if (!this.closed) this.on.heard(frame);
    return this;
  }

  /** What was sent since the last call. */
  said(): unknown[] {
    return this.sent.splice(0);
  }
}

export class World {
  time = 1e6;
  wires: Wire[] = [];
  private _timers = new Set<Timer>();
  readonly WebSocket = this._carrier("websocket");
  readonly Polling = this._carrier("polling");

  private _managers: Manager[] = [];
  private static _last: World | undefined;

  constructor(load: Parameters<typeof provide>[0] = inline) {
    // What a test has left must not hear of the next one's network.
    if (World._last) World._last._managers.forEach((manager) => manager._close());
    World._last = this;
    provide(load);
    platform.now = () => this.time;
    platform.setTimeout = (run, delay) => {
      const timer = { at: this.time + delay, run };
      this._timers.add(timer);
      return timer;
    };
    platform.clearTimeout = (timer) => this._timers.delete(timer);
    platform.carriers = { polling: this.Polling, websocket: this.WebSocket };
  }

  /** The wire that was asked for last. */
  get wire(): Wire {
    return this.wires[this.wires.length - 1] as Wire;
  }

  /** Lets time pass, timer by timer. */
  pass(span: number): void {
    const end = this.time + span;
    for (;;) {
      const due = [...this._timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) break;
      this._timers.delete(due);
      this.time = Math.max(this.time, due.at);
      due.run();
    }
    this.time = end;
  }

  /** Time passes while nothing runs: the device sleeps. */
  sleep(span: number): void {
    this.time += span;
  }

  get timers(): number {
    return this._timers.size;
  }

  manager(opts: Partial<ManagerOptions> = {}): Manager {
    const manager = new Manager("http://host", { transports: ["websocket"], randomizationFactor: 0, ...opts });
    this._managers.push(manager);
    return manager;
  }

  socket(opts: Partial<ManagerOptions & SocketOptions> = {}, name = "/"): Socket {
    return this.manager(opts).socket(name, opts);
  }

  /** A socket that is connected over a WebSocket. */
  joined(opts: Partial<ManagerOptions & SocketOptions> = {}): Socket {
    const socket = this.socket(opts);
    this.greet();
    return socket;
  }

  /** The server lets the connection and `/` in. */
  greet(connect = '40{"sid":"ID"}'): Wire {
    const { wire } = this;
    wire.on.opened();
    wire.hear(GREETING, connect);
    wire.said();
    return wire;
  }

  private _carrier(kind: "websocket" | "polling"): Carrier {
    const world = this;
    return class Fake extends Wire {
      get name() {
        return kind;
      }
      constructor(uri: string, opts: CarrierOptions, on: CarrierEvents, body?: string) {
        super(kind, uri, opts, on, body);
        world.wires.push(this);
      }
    };
  }
}

/** What a function throws. */
export function thrown(run: () => void): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}
