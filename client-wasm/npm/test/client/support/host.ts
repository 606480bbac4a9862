/** A fake platform for the client: a clock that only the test advances, and transports whose server is the test. */

import type { TestContext } from "node:test";

import { within } from "../../../packaging/limit.mjs";
import { Engine } from "../../../src/engine.js";
import { inline } from "../../../src/machine/inline.js";
import { Manager, type Socket } from "../../../src/manager.js";
import type { ManagerOptions, TransportOptions } from "../../../src/options.js";
import { platform } from "../../../src/platform.js";
import { provideCore } from "../../../src/provide-core.js";
import type { SocketOptions } from "../../../src/socket-types.js";
import type { TransportConstructor, TransportEvents, TransportHandle } from "../../../src/transport.js";

export const HANDSHAKE = '0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

interface Timer {
  at: number;
  run: () => void;
}

/** A WebSocket or a request of the client. */
export class FakeTransport implements TransportHandle {
  sent: unknown[] = [];
  compressed: (boolean | undefined)[] = [];
  closed = false;
  /** Bytes that the platform has not sent yet. */
  buffered = 0;

  constructor(
    readonly kind: "websocket" | "polling",
    readonly uri: string,
    readonly opts: TransportOptions,
    readonly on: TransportEvents,
    readonly body: string | undefined,
  ) {}

  send(data: unknown, compress?: boolean): void {
    this.sent.push(data);
    this.compressed.push(compress);
  }

  bufferedAmount(): number {
    return this.buffered;
  }

  close(): void {
    this.closed = true;
  }

  /** Delivers frames or a response from the server. */
  receive(...frames: (string | ArrayBuffer | Uint8Array)[]): this {
    for (const frame of frames) if (!this.closed) this.on.received(frame);
    return this;
  }

  /** Returns the frames sent since the last call. */
  takeSent(): unknown[] {
    return this.sent.splice(0);
  }
}

export class FakeHost {
  time = 1e6;
  transports: FakeTransport[] = [];
  private _timers = new Set<Timer>();
  private _onCreated = () => {};
  readonly WebSocket = this._transportClass("websocket");
  readonly Polling = this._transportClass("polling");

  private _managers: Manager[] = [];
  private static _last: FakeHost | undefined;

  constructor(load: Parameters<typeof provideCore>[0] = inline) {
    // Managers of an earlier test must not get the network events of this one.
    if (FakeHost._last) FakeHost._last._managers.forEach((manager) => manager._close());
    FakeHost._last = this;
    Engine.priorWebsocketSuccess = false;
    provideCore(load);
    platform.clock = () => ({
      isAhead: (time) => this.time < time,
      now: (least = 0) => (this.time = Math.max(this.time, least)),
      setTimeout: (run, delay) => {
        const timer = { at: this.time + delay, run };
        this._timers.add(timer);
        return [timer, (timer) => this._timers.delete(timer)];
      },
      clearTimeout: ([timer, clear]) => clear(timer),
    });
    platform.transports = { polling: this.Polling, websocket: this.WebSocket };
  }

  /** The transport that was created last. */
  get transport(): FakeTransport {
    return this.transports[this.transports.length - 1] as FakeTransport;
  }

  /** Resolves when `count` transports were created. */
  async created(count: number): Promise<void> {
    const created = async () => {
      while (this.transports.length < count) await new Promise<void>((resolve) => (this._onCreated = resolve));
    };
    await within(`${count} transports`, created());
  }

  /** Advances the clock and runs the timers that are due, in order. */
  advance(span: number): void {
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

  /** Advances the clock without timers, like a sleeping device. */
  sleep(span: number): void {
    this.time += span;
  }

  /** Forgets the managers and their transports, as an application does. */
  forget(): void {
    this._managers = [];
    this.transports = [];
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

  /** Returns a socket that is connected over a WebSocket. */
  connectedSocket(opts: Partial<ManagerOptions & SocketOptions> = {}): Socket {
    const socket = this.socket(opts);
    this.accept();
    return socket;
  }

  /** Accepts the connection and the namespace `/`. */
  accept(connect = '40{"sid":"ID"}'): FakeTransport {
    const { transport } = this;
    transport.on.opened();
    transport.receive(HANDSHAKE, connect);
    transport.takeSent();
    return transport;
  }

  private _transportClass(kind: "websocket" | "polling"): TransportConstructor {
    const host = this;
    return class extends FakeTransport {
      get name() {
        return kind;
      }
      constructor(uri: string, opts: TransportOptions, on: TransportEvents, body?: string) {
        super(kind, uri, opts, on, body);
        host.transports.push(this);
        host._onCreated();
      }
    };
  }
}

/** Returns the error that a function throws. */
export function thrown(run: () => void): Error | undefined {
  try {
    run();
    return undefined;
  } catch (error) {
    return error as Error;
  }
}

/** Replaces a global of the platform for one test. */
export function fakeGlobal(t: TestContext, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete (globalThis as any)[name]));
}
