/** One of the two clients that the fuzzer compares: its application writes down all that it hears, and all that the client sends. */

import { Manager, type Socket } from "../../../src/manager.js";
import type { ManagerOptions } from "../../../src/options.js";
import { platform } from "../../../src/platform.js";
import type { SocketOptions } from "../../../src/socket-types.js";
import type { FakeHost, FakeTransport } from "../support/host.js";
import { plain } from "../support/values.js";
import { type Parser, packed } from "./packed.js";

export const NAMES = ["/", "/a", "b"] as const;

export interface Setup {
  options: Partial<ManagerOptions & SocketOptions>;
  isOld: boolean;
  recovers: boolean;
  names: string[];
  /** Whether the application reads `sendBuffer` after each step: it then stays in use. */
  readsBuffer: boolean;
}

const HANDSHAKE = '{"sid":"SID","upgrades":[UPGRADES],"pingInterval":25000,"pingTimeout":20000MORE}';

/** Later servers tell this. */
const MORE = ',"maxPayload":1000000';

export class Side {
  readonly manager: Manager;
  readonly sockets: Socket[];
  private _log: string[] = [];
  private _replies: ((...args: unknown[]) => void)[] = [];
  private _aborts: AbortController[] = [];
  private _accepted = new Set<FakeTransport>();
  /** How many packets the machine was given, over WebSockets and in bodies. */
  packets = 0;
  polled = 0;
  /** How many events and acks the machine was given to send. */
  sends = 0;

  constructor(
    private _host: FakeHost,
    private _uri: string,
    private _setup: Setup,
    direct: boolean,
  ) {
    const { machine, direct: before } = platform;
    platform.direct = direct;
    platform.machine = (...args) => this._counted(machine(...args));
    this.manager = new Manager(_uri, { ..._setup.options, autoConnect: false });
    this.sockets = _setup.names.map((name) => this.manager.socket(name, _setup.options));
    Object.assign(platform, { machine, direct: before });
    for (const event of ["open", "error", "ping", "close", "reconnect", "reconnect_attempt", "reconnect_error", "reconnect_failed", "drop"]) {
      this.manager.on(event as "open", (...args: unknown[]) => this.log("manager", event, ...args));
    }
    this.sockets.forEach((socket, at) => this._listen(socket, at));
    this.sockets.forEach((socket) => socket.connect());
  }

  log(...values: unknown[]): void {
    this._log.push(values.map((value) => (value instanceof Error ? `${value}` : typeof value === "string" ? value : written(value))).join(" "));
  }

  /** Takes all that was heard, sent and reported since the last call, and the state of the client. */
  take(): string[] {
    const { transports } = this;
    transports.forEach((transport, at) => {
      const compressed = transport.compressed.splice(0);
      transport.takeSent().forEach((frame, i) => this.log(`sent ${at}`, frame, compressed[i]));
    });
    const shown = ({ kind, uri, body, closed }: FakeTransport) => [kind, uri.replace(/^\w+:..\w+|&t=\w+/g, ""), body, closed];
    this.log("transports", transports.length, ...transports.slice(-3).map(shown));
    for (const socket of this.sockets) {
      const { connected, id, recovered, active } = socket;
      this.log("socket", connected, id, recovered, active);
      if (this._setup.readsBuffer) this.run("sendBuffer", () => this.log(socket.sendBuffer.map(({ data, id }) => [data, id])));
    }
    return this._log.splice(0);
  }

  /** Returns the state of the machine: its next deadline, and its queue. Only if nothing else is left to be polled. */
  machineState(): unknown[] | undefined {
    const machine = this._machine();
    return machine.direct ? [machine.direct, machine.poll({} as never), machine.backlog()] : undefined;
  }

  free(): void {
    this.manager._close();
    this._machine().free();
  }

  // ---- what the application does ----

  run(name: string, run: () => unknown): void {
    try {
      run();
    } catch (error) {
      this.log(name, "threw", error);
    }
  }

  emit(at: number, flags: { volatile?: boolean; timeout?: number; compress?: boolean; signal?: boolean }, args: unknown[], ack: boolean): void {
    this.run("emit", () => {
      let socket: any = this.sockets[at];
      if (flags.volatile) socket = socket.volatile;
      if (flags.timeout !== undefined) socket = socket.timeout(flags.timeout);
      if (flags.compress !== undefined) socket = socket.compress(flags.compress);
      if (flags.signal) {
        const controller = new AbortController();
        this._aborts.push(controller);
        socket = socket.signal(controller.signal);
      }
      const name = args[0];
      socket.emit(...args, ...(ack ? [(...answer: unknown[]) => this._heard(at, `ack of ${written(name)}`, answer)] : []));
    });
  }

  abort(at: number): void {
    this._aborts[at % this._aborts.length]?.abort();
  }

  reply(at: number, args: unknown[]): void {
    const reply = this._replies[at % this._replies.length];
    if (reply) this.run("reply", () => reply(...args));
  }

  // ---- what the server does ----

  get transports(): FakeTransport[] {
    return this._host.transports.filter(({ uri }) => uri.includes(`//${this._uri.slice(7)}/`));
  }

  /** Returns the pending GET, or the open WebSocket. */
  get link(): FakeTransport | undefined {
    const open = this.transports.filter((transport) => !transport.closed && this._accepted.has(transport));
    return open.find(({ kind, body }) => kind === "polling" && body === undefined) || open.find(({ kind }) => kind === "websocket");
  }

  /** Answers requests and opens connections. */
  serve(): void {
    for (const transport of this.transports) {
      if (transport.closed || this._accepted.has(transport)) continue;
      this._accepted.add(transport);
      const isPolling = transport.kind === "polling";
      const upgrades = isPolling && this._setup.options.upgrade !== false && this._setup.options.transports?.length === 2 ? '"websocket"' : "";
      const isFirst = !transport.uri.includes("sid=");
      const open = `0${HANDSHAKE.replace("UPGRADES", upgrades).replace("MORE", this._setup.isOld ? "" : MORE)}`;
      const connect = this._setup.isOld ? this._packed(["40"]) : [];
      if (!isPolling) {
        transport.on.opened();
        if (isFirst) for (const frame of [open, ...connect]) transport.receive(typeof frame === "string" ? frame : this._binary(frame));
        else {
          transport.receive("3probe");
          this.send(["6"]);
        }
      } else if (transport.body !== undefined) this._respond(transport, "ok");
      else if (isFirst) this._respond(transport, this.body([open, ...connect]));
    }
  }

  /** Delivers packets. */
  send(all: (string | Uint8Array)[]): void {
    const frames = this._packed(all);
    // The client polls again after each response.
    if (!this.link) this.serve();
    const { link } = this;
    if (!link) return;
    if (link.kind === "websocket") for (const frame of frames) link.receive(typeof frame === "string" ? frame : this._binary(frame));
    else this._respond(link, this.body(frames));
  }

  /** Confirms the namespaces that the client asks for. */
  confirm(count: number): void {
    const asked = this._setup.names.map((name) => (name[0] === "/" ? "" : "/") + name);
    const frames = asked.map((name) => {
      const data = this._setup.isOld ? "" : `{"sid":"S${count}${name}"${this._setup.recovers ? `,"pid":"P${count % 2}"` : ""}}`;
      return `40${name === "/" ? "" : name + ","}${data}`;
    });
    this.send(frames);
  }

  lose(error: boolean): void {
    const { link } = this;
    if (!link) return;
    link.closed = true;
    link.on.lost(error ? new Error("lost") : undefined, { description: "lost" });
  }

  congest(bytes: number): void {
    for (const transport of this.transports) transport.buffered = bytes;
  }

  private _packed(frames: (string | Uint8Array)[]): (string | Uint8Array)[] {
    const { parser } = this._setup.options;
    return parser ? packed(parser as Parser, frames) : frames;
  }

  private body(frames: (string | Uint8Array)[]): string {
    const texts = frames.map((frame) =>
      typeof frame === "string" ? frame : `b${this._setup.isOld ? 4 : ""}${Buffer.from(frame).toString("base64")}`,
    );
    return this._setup.isOld ? texts.map((text) => `${text.length}:${text}`).join("") : texts.join("\x1e");
  }

  private _respond(transport: FakeTransport, body: string): void {
    transport.closed = true;
    transport.on.received(body, "text/plain");
  }

  private _binary(bytes: Uint8Array): Uint8Array | string {
    if (this._setup.options.forceBase64) return `b${this._setup.isOld ? 4 : ""}${Buffer.from(bytes).toString("base64")}`;
    return this._setup.isOld && bytes[0] !== 99 ? Uint8Array.of(4, ...bytes) : bytes;
  }

  // ---- inside ----

  private _machine() {
    return (this.manager as any)._connection._machine;
  }

  private _counted(machine: any) {
    const count = (name: string, add: (args: any[]) => void) => {
      const inner = machine[name];
      machine[name] = (...args: unknown[]) => {
        add(args);
        return inner.apply(machine, args);
      };
    };
    count("handlePacket", () => this.packets++);
    count("handleResponse", (args) => (this.polled += args[3].length));
    count("emit", () => this.sends++);
    count("reply", () => this.sends++);
    return machine;
  }

  private _listen(socket: Socket, at: number): void {
    for (const event of ["connect", "connect_error", "disconnect", "error"]) {
      socket.on(event, (...args: unknown[]) => this.log("socket", at, event, ...args));
    }
    for (const event of ["plain", "throw", "leave", "emit", "ack", "later", "close", "off", "ping", "", "é"]) {
      const listener = (...args: unknown[]) => {
        if (event === "off") socket.off("off", listener);
        this._heard(at, event, args);
      };
      socket.on(event, listener);
    }
    socket.on("plain", (...args: unknown[]) => this.log("socket", at, "second listener", args.length));
    socket.once("once", (...args: unknown[]) => this._heard(at, "once", args));
    socket.on(7 as unknown as string, (...args: unknown[]) => this._heard(at, "7", args));
  }

  private _heard(at: number, event: string, args: unknown[]): void {
    const socket = this.sockets[at] as Socket;
    this.log("socket", at, "heard", event, ...args);
    const last = args[args.length - 1];
    if (typeof last === "function") this._replies.push(last as () => void);
    if (/throw/.test(event)) throw new Error(`thrown in ${event}`);
    if (/leave/.test(event)) socket.disconnect();
    if (/close/.test(event)) this.manager.engine.close();
    if (/emit/.test(event)) this.emit(at, {}, ["nested", ...args.filter((arg) => typeof arg === "string")], true);
    if (/emit/.test(event)) this.emit((at + 1) % this.sockets.length, {}, ["nested", { to: "another" }], false);
    if (event === "ack" && typeof last === "function") (last as (...args: unknown[]) => void)("answer", Uint8Array.of(1));
  }
}

/** Returns a value as text; functions and bytes are told apart. */
export const written = (value: unknown): string =>
  JSON.stringify(plain(value), (_, field) =>
    typeof field === "function" ? "function" : typeof field === "bigint" ? `${field}n` : field === undefined ? "undefined" : field,
  ) ?? "undefined";
