/** One connection of the playground: the package's manager and sockets, and everything they tell, as lines of the timeline. */

import { Manager, type Socket } from "tidewire";

import type { Draft, Entry } from "../packets/entry.js";
import { type EnginePacket, Recorder } from "../packets/recorder.js";
import type { Target } from "../values/target.js";
import { Status } from "./status.js";

export interface ConnectionEvents {
  added(entry: Entry): void;
  changed(entry: Entry): void;
  /** The status line, or a namespace, is different. */
  status(): void;
  /** An attempt to connect failed, and none has succeeded yet. Called once. */
  failed(error: Error): void;
}

/** How long an ack may take, in milliseconds, if the user gives no time. */
export const ACK_TIMEOUT = 10_000;

export class Connection {
  readonly status = new Status();
  readonly sockets = new Map<string, Socket>();
  private readonly manager: Manager;
  private readonly recorder: Recorder;
  private engine: unknown;
  private hasFailed = false;
  private isClosed = false;

  constructor(
    readonly target: Target,
    private readonly on: ConnectionEvents,
  ) {
    this.recorder = new Recorder(on.added, on.changed, (milliseconds, by) => {
      this.status.measured(milliseconds, by);
      on.status();
    });
    this.manager = new Manager(target.uri, {
      path: target.path,
      transports: target.transports as ("polling" | "websocket")[],
      query: target.query as Record<string, string>,
      reconnection: target.reconnection,
      withCredentials: target.credentials,
      autoConnect: false,
      ...(target.headers && { extraHeaders: target.headers }),
      ...(target.version && { engineVersion: target.version }),
    });
  }

  /** Connects. Apart from the constructor, because it calls `on` at once. */
  start(): void {
    this.listen();
    for (const name of this.target.namespaces) this.addNamespace(name);
  }

  /** Connects one more namespace over this connection. */
  addNamespace(name: string): void {
    if (this.sockets.has(name)) return;
    const socket = this.manager.socket(name, { ...(this.target.auth && { auth: this.target.auth }), query: this.target.query } as object);
    this.sockets.set(name, socket);
    const told = () => this.on.status();
    socket.on("connect", told);
    socket.on("disconnect", (reason) => {
      this.note({ kind: "namespace", name: "left", namespace: name, args: [reason] });
      // The connection may be lost before its last namespace has left.
      if (this.status.phase === "waiting" && !this.isWanted) this.status.set("closed");
      told();
    });
    socket.on("connect_error", (error) => {
      // An error of the connection reaches every namespace, and is noted once.
      if (!socket.active)
        this.note({ kind: "problem", name: "refused", namespace: name, args: [error.message, ...(error.data === undefined ? [] : [error.data])] });
      told();
    });
    this.connect(socket);
  }

  /** Connects a namespace, and the connection if this is its first one. */
  connect(socket: Socket): void {
    this.isClosed = false;
    if (this.status.phase === "closed") this.status.set("connecting");
    socket.connect();
    this.watchEngine();
    this.told();
  }

  /** Sends an event; the ack, or its absence, is noted. */
  send(namespace: string, event: string, args: unknown[], ack: { timeout: number } | undefined): void {
    const socket = this.sockets.get(namespace) as Socket;
    if (!ack) {
      socket.emit(event, ...args);
      return;
    }
    socket.timeout(ack.timeout).emit(event, ...args, (error: Error | null) => {
      if (error) this.note({ kind: "problem", name: "noAck", namespace, args: [event, error.message] });
      // An event that waited in the buffer is no longer there.
      this.told();
    });
  }

  /** Ends the network connection as a failure would: the package reconnects. */
  interrupt(): void {
    this.manager.engine?.close();
  }

  /** Leaves all namespaces and ends the connection. */
  close(): void {
    this.isClosed = true;
    for (const socket of this.sockets.values()) socket.disconnect();
    this.status.set("closed");
    this.on.status();
  }

  note(draft: Draft): void {
    this.recorder.note(draft, Date.now());
  }

  private listen(): void {
    const { manager, status } = this;
    manager.on("open", () => {
      status.opened(manager.engineVersion(), manager.engine.transport.name);
      this.told();
    });
    manager.on("error", (error) => this.onError(error));
    manager.on("close", (reason) => {
      this.recorder.lost();
      // Without a namespace, the package closes the connection, and opens it for the next one only.
      status.lost(this.isWanted && manager.reconnection());
      this.note({ kind: this.isWanted ? "problem" : "connection", name: "closed", args: [reason] });
      this.told();
    });
    manager.on("reconnect_attempt", (attempt) => {
      status.attempt(attempt);
      this.note({ kind: "connection", name: "attempt", args: [attempt] });
      queueMicrotask(() => this.watchEngine());
      this.told();
    });
    manager.on("reconnect", (attempt) => {
      status.reconnects++;
      this.note({ kind: "connection", name: "reconnected", args: [attempt] });
      this.told();
    });
  }

  /** Whether a namespace needs the connection. */
  private get isWanted(): boolean {
    return !this.isClosed && [...this.sockets.values()].some(({ active }) => active);
  }

  private onError(error: Error): void {
    this.note({ kind: "problem", name: "failed", args: [describe(error)] });
    if (!this.manager.reconnection() && this.status.phase !== "connected") this.status.set("failed");
    this.told();
    if (this.hasFailed || this.status.hasOpened) return;
    this.hasFailed = true;
    this.on.failed(error);
  }

  /** Listens to the engine, which is another one after each reconnect. */
  private watchEngine(): void {
    const { engine } = this.manager;
    if (!engine || engine === this.engine) return;
    this.engine = engine;
    const packet = (direction: "in" | "out") => (packet: EnginePacket) => {
      this.recorder.packet(direction, packet, Date.now());
      this.status.packet(direction, packet);
      if (this.status.version === undefined) this.status.version = this.manager.engineVersion();
    };
    engine.on("packet", packet("in"));
    engine.on("packetCreate", packet("out"));
    engine.on("upgrading", (transport) => {
      this.status.upgrading = transport.name;
      this.note({ kind: "connection", name: "upgrading", args: [transport.name] });
      this.told();
    });
    engine.on("upgrade", (transport) => {
      this.status.upgraded(transport.name);
      this.note({ kind: "connection", name: "upgraded", args: [transport.name] });
      this.told();
    });
    engine.on("upgradeError", (error) => {
      this.status.upgrading = undefined;
      this.note({ kind: "problem", name: "upgradeFailed", args: [error.message] });
      this.told();
    });
  }

  private told(): void {
    this.on.status();
  }
}

/** Returns the message of an error, with the status of the request if it has one. */
function describe(error: Error & { description?: unknown }): string {
  return typeof error.description === "number" && error.description > 0
    ? `${error.message} (HTTP ${error.description})`
    : error.message || String(error);
}
