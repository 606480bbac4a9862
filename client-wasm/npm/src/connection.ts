/** The machine's host: users' commands down to the machine, and what it tells up to the manager and the sockets as their events. */

import { Engine, type Transport } from "./engine.js";
import { Links } from "./links.js";
import type { AckFailure, Delivery, EngineVersion, Host, Misuse, Nsp, OpenFailure, Payload, Reason, Refusal, Reply } from "./machine/contract.js";
import type { Outgoing } from "./outgoing.js";
import { restore } from "./payload.js";
import { platform } from "./platform.js";
import type { Member, Packet } from "./users.js";

const OLD_SERVER =
  "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)";

export class Connection extends Links implements Host {
  /** What was wrong with a payload. */
  private _fault: unknown;

  // ---- commands ----

  _namespace(socket: Member, name: string, query: string | undefined): Nsp {
    const nsp = this._machine.namespace(name, query);
    this._sockets[nsp] = socket;
    return nsp;
  }

  /** Opens the connection; all sockets that have not left come along. */
  _open(): void {
    if (this._lacksTransports()) return;
    this._prepare();
    this._configure();
    for (const socket of this._sockets) if (socket.active) this._machine.connect(platform.now(), socket._nsp);
    this._machine.open(platform.now());
    this._settle();
  }

  _connect(nsp: Nsp): void {
    if (this._lacksTransports()) return;
    this._machine.connect(platform.now(), nsp);
    this._settle();
  }

  _authorize(nsp: Nsp, auth: unknown): void {
    this._machine.authorize(platform.now(), nsp, auth == null ? undefined : JSON.stringify(auth));
    this._settle();
  }

  _disconnect(nsp: Nsp): void {
    const engine = this._engine;
    this._machine.disconnect(platform.now(), nsp);
    if (engine && engine.readyState === "opening" && !this._sockets.some((socket) => socket.active)) this.closed("forced close");
    this._settle();
  }

  /** Returns the ack's id, or why not; `_settle` follows when that is kept. */
  _emit(nsp: Nsp, outgoing: Outgoing, attachments: unknown[], ack: number | undefined, delivery: Delivery): number | Misuse {
    // Only what may be dropped asks whether there is reason to.
    if (delivery === "volatile") this._machine.handleHint(platform.now(), this._isCongested() ? "congested" : "writable");
    return this._machine.emit(platform.now(), nsp, outgoing, attachments, ack, delivery);
  }

  _offline(nsp: Nsp): Outgoing[] {
    return this._machine.offline(nsp) as Outgoing[];
  }

  _forget(nsp: Nsp): void {
    this._machine.clearOffline(nsp);
    this._settle();
  }

  /** Whether sizes count: where something is kept, or sent in one body with others. */
  _countsBytes(): boolean {
    const { _engine: engine } = this;
    return !engine || engine.readyState !== "open" || engine.transport.name !== "websocket";
  }

  _reply(nsp: Nsp, reply: Reply, outgoing: Outgoing, attachments: unknown[]): void {
    this._machine.reply(platform.now(), nsp, reply, outgoing, attachments);
    this._settle();
  }

  _cancel(nsp: Nsp, ack: number): void {
    this._machine.cancel(platform.now(), nsp, ack);
    this._settle();
  }

  _engineVersion(): EngineVersion | undefined {
    return this._machine.engineVersion();
  }

  _close(): void {
    this._forced = "forced close";
    this._machine.close(platform.now());
    this._settle();
    this._forced = undefined;
  }

  // ---- what the machine tells ----

  opened(): void {
    const attempt = this._attempt;
    const engine = this._engine as Engine;
    this._attempt = 0;
    this._detail = undefined;
    Engine.priorWebsocketSuccess = engine.transport.name === "websocket";
    this._tell(() => {
      engine._opened();
      this._manager._say("open");
      engine._tell("open");
      if (attempt) this._manager._say("reconnect", attempt);
    });
  }

  upgraded(): void {
    const engine = this._engine as Engine;
    const to = this._climb as Transport;
    this._climb = undefined;
    Engine.priorWebsocketSuccess = true;
    this._tell(() => {
      engine.transport = to;
      engine._tell("upgrade", to);
    });
  }

  upgradeFailed(): void {
    const error = new Error("probe error" + this._probe);
    this._climb = undefined;
    this._probe = ": transport closed";
    (error as any).transport = "websocket";
    this._detail = undefined;
    Engine.priorWebsocketSuccess = false;
    this._tell(() => (this._engine as Engine)._tell("upgradeError", error));
  }

  openFailed(why: OpenFailure): void {
    const error: Error = why === "transport" && this._detail instanceof Error ? this._detail : new Error(why === "timeout" ? why : "server error");
    if (why === "handshake") (error as any).code = "parser error";
    const attempt = this._attempt;
    const engine = this._engine as Engine;
    this._detail = undefined;
    this._tell(() => {
      this._manager._failed(error);
      if (why !== "timeout") engine._tell("error", error);
      engine._closed(why === "timeout" ? "forced close" : "transport error", error);
      this._rest();
    });
    // Told when it is known whether another attempt follows.
    if (attempt) this._failure = () => this._manager._say("reconnect_error", error);
  }

  closed(reason: Reason): void {
    const detail = this._detail;
    const engine = this._engine as Engine;
    const why = this._forced || reason;
    if (this._bridge) this._bridge._reset();
    this._detail = undefined;
    this._tell(() => {
      this._manager._say("close", why, detail);
      engine._closed(why, detail);
      this._rest();
    });
    if (this._climb) {
      this._probe = ": socket closed";
      this.upgradeFailed();
    }
  }

  malformed(message: string): void {
    this._detail = this._fault || new Error(message);
  }

  reconnecting(attempt: number): void {
    this._attempt = attempt;
  }

  reconnectFailed(): void {
    this._attempt = 0;
    this._tell(() => this._manager._say("reconnect_failed"));
  }

  authRequired(nsp: Nsp): void {
    this._tell(() => this._socket(nsp)._authorize());
  }

  connected(nsp: Nsp, id: string, recovered: boolean): void {
    this._tell(() => {
      this._socket(nsp)._connected(id, recovered);
      this._packet(nsp, 0, { sid: id });
    });
  }

  connectError(nsp: Nsp, why: Refusal, payload: Payload | undefined): void {
    const error: Error & { data?: unknown } = new Error(why === "timeout" ? why : why === "server" ? "" : OLD_SERVER);
    if (why === "server") {
      describe(error, payload === undefined ? undefined : this._value(payload));
    }
    this._tell(() => {
      this._socket(nsp)._refused(error);
      if (why === "server") this._packet(nsp, 4, { message: error.message, data: error.data });
    });
  }

  disconnected(nsp: Nsp, reason: Reason): void {
    const detail = this._detail;
    const why = this._forced || reason;
    const news = () => {
      this._socket(nsp)._disconnected(why, detail);
      if (why === "io server disconnect") this._packet(nsp, 1);
    };
    if (/^io/.test(why)) this._parting.push(news);
    else this._tell(news);
  }

  serverError(nsp: Nsp, payload: Payload | undefined): void {
    this._tell(() => this._socket(nsp)._tell("error", payload === undefined ? payload : this._value(payload)));
  }

  message(nsp: Nsp, payload: Payload | undefined, attachments: Payload[], reply: Reply | undefined): void {
    this._tell(() => {
      const socket = this._socket(nsp);
      // The application may have left since.
      if (!socket.connected) return;
      const args = this._read(payload, attachments);
      if (!args) return;
      socket._received(args, reply);
      this._packet(nsp, 2, args, reply && reply.id);
    });
  }

  emitDropped(nsp: Nsp, payload: Payload): void {
    this._tell(() => this._manager._say("drop", payload, this._socket(nsp)));
  }

  acked(nsp: Nsp, ack: number, payload: Payload | undefined, attachments: Payload[]): void {
    this._tell(() => {
      const args = this._read(payload, attachments);
      if (!args) return;
      this._socket(nsp)._acked(ack, args);
      this._packet(nsp, 3, args, ack);
    });
  }

  ackLost(nsp: Nsp, ack: number, why: AckFailure): void {
    const news = () => this._socket(nsp)._ackLost(ack, why);
    if (this._parting.length) this._parting.push(news);
    else this._tell(news);
  }

  // ---- payloads ----

  private _socket(nsp: Nsp): Member {
    return this._sockets[nsp] as Member;
  }

  private _value(payload: Payload): unknown {
    return this._bridge ? this._bridge._take(payload as string) : JSON.parse(payload as string);
  }

  /** The arguments of an event or an ack. What is none ends the connection, as a packet that breaks the rules does. */
  private _read(payload: Payload | undefined, attachments: Payload[]): unknown[] | undefined {
    if (payload === undefined) return [];
    try {
      let args = this._value(payload) as unknown[];
      if (!Array.isArray(args)) throw new Error("invalid payload");
      if (attachments.length) args = restore(args, attachments.map(this._binary));
      return args;
    } catch (error) {
      this._fault = error instanceof SyntaxError ? new Error("invalid payload") : error;
      this._machine.reportBadPayload(platform.now());
      this._settle();
      this._fault = undefined;
      return undefined;
    }
  }

  private _packet(nsp: Nsp, type: number, data?: unknown, id?: number): void {
    const manager = this._manager;
    if (!manager.hasListeners("packet")) return;
    const packet: Packet = { type, nsp: this._socket(nsp).nsp };
    if (id !== undefined) packet.id = id;
    if (data !== undefined) packet.data = data;
    manager._say("packet", packet);
  }
}

/** What a server says of its refusal: `{ message, data }`; one of 2.x the message alone, or any object in place of both. */
function describe(error: Error & { data?: unknown }, said: any): void {
  const isObject = said && typeof said === "object";
  const isReport = isObject && Object.keys(said).every((key) => /^(message|data)$/.test(key));
  const message = isObject ? said.message : said;
  error.message = message !== undefined ? String(message) : isObject && !isReport ? JSON.stringify(said) : "";
  if (isObject) error.data = isReport ? said.data : said;
}
