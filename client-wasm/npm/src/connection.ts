/** The machine's host: carries out what one machine wants done, and turns what it tells into the manager's and the sockets' events. */

import { fromBase64 } from "./base64.js";
import { asText, bytesOf, formOf, join, split } from "./bodies.js";
import { type Carried, type CarrierEvents, TransportError } from "./carriers.js";
import { Engine, type Transport } from "./engine.js";
import type {
  AckFailure,
  Delivery,
  Generation,
  Hint,
  Host,
  Link,
  Machine,
  Misuse,
  Nsp,
  OpenFailure,
  OutFrame,
  Payload,
  Reason,
  Refusal,
  Reply,
  Target,
} from "./machine/contract.js";
import type { Manager, Packet } from "./manager.js";
import { carriersOf } from "./options.js";
import { Outgoing } from "./outgoing.js";
import { Bridge } from "./parser.js";
import { restore } from "./payload.js";
import { platform, throwLater, unwatch, watch } from "./platform.js";
import type { Socket } from "./socket.js";

const OLD_SERVER =
  "It seems you are trying to reach a Socket.IO server in v2.x with a v3.x client, but they are not compatible (more information here: https://socket.io/docs/v3/migrating-from-2-x-to-3-0/)";

type News = () => void;

export class Connection implements Host {
  readonly _machine: Machine;
  _engine: Engine | undefined;
  /** By `Nsp`. */
  private _sockets: Socket<any, any>[] = [];
  private _links = new Map<Link, Carried | undefined>();
  /** What has happened and was not told yet. */
  private _news: News[] = [];
  /** What is told last: that a socket has left on its own wish. */
  private _parting: News[] = [];
  /** Which attempt to come back is planned or made; 0: none. */
  private _attempt = 0;
  /** What a transport said of its end, for whoever is told of it. */
  private _detail: any;
  /** The reason for an end that the machine knows otherwise. */
  private _forced: Reason | undefined;
  private _failure: News | undefined;
  /** What was wrong with a payload. */
  private _fault: unknown;
  /** Of the last event: its attachments go as it went. */
  private _compress = true;
  private _timer: any;
  private _wake = Infinity;
  /** What is wrong with it, should it fail. */
  private _probe = ": transport closed";
  /** The climb on its way. */
  private _climb: Transport | undefined;
  /** Of a custom parser. */
  readonly _bridge: Bridge | undefined;

  constructor(private _manager: Manager<any, any>) {
    const { parser, closeOnBeforeunload } = _manager.opts;
    this._machine = platform.machine(_manager._options());
    if (parser) this._bridge = new Bridge(parser, this._binary);
    if (platform.coming) void platform.coming.then(() => this._settle());
    if (closeOnBeforeunload && typeof addEventListener === "function") addEventListener("beforeunload", this._hush);
  }

  // ---- commands ----

  _namespace(socket: Socket<any, any>, name: string, query: string | undefined): Nsp {
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
    return this._machine.transport() !== "websocket";
  }

  _configure(): void {
    this._machine.configure(this._manager._options());
  }

  _reply(nsp: Nsp, reply: Reply, outgoing: Outgoing, attachments: unknown[]): void {
    this._machine.reply(platform.now(), nsp, reply, outgoing, attachments);
    this._settle();
  }

  _cancel(nsp: Nsp, ack: number): void {
    this._machine.cancel(platform.now(), nsp, ack);
    this._settle();
  }

  _close(): void {
    this._forced = "forced close";
    this._machine.close(platform.now());
    this._settle();
    this._forced = undefined;
  }

  /** Prepares what an attempt to connect begins with, so that users find it before the first byte. */
  _prepare(): Engine {
    return (this._engine = new Engine(this._manager._uri, this._manager.opts, this));
  }

  // ---- of the engine's ----

  /** Ends the session as if the network had. */
  _cut(): void {
    this._forced = "forced close";
    for (const [link, wire] of [...this._links]) {
      this.drop(link);
      this._lost(link, wire, undefined, undefined);
    }
    this._forced = undefined;
  }

  _write(data: unknown, done?: () => void): void {
    const frame: OutFrame = { binary: typeof data !== "string", head: typeof data === "string" ? "4" : "", payload: data };
    for (const [link, wire] of this._links) if (wire && wire.send) this.send(link, frame);
    if (done) this._news.push(done);
    this._settle();
  }

  _backlog(): number {
    return this._machine.backlog();
  }

  // ---- what the machine wants done ----

  open(link: Link, target: Target): void {
    if (target.sid) {
      this._climb = (this._engine as Engine)._climb("websocket");
    } else if (!this._begin(link, target)) {
      return;
    }
    this._carry(link, target);
  }

  get(link: Link, target: Target): void {
    if (target.sid || this._begin(link, target)) this._carry(link, target);
  }

  post(link: Link, target: Target, frames: OutFrame[]): void {
    this._links.set(link, undefined);
    frames.forEach((frame) => this._announce(frame));
    const all = this._bridge ? this._bridge._encodeAll(frames, target.form) : frames;
    for (const frame of all) this._spoken(frame);
    const blobs = all.map(({ binary, payload }) => (binary && (payload as Blob).arrayBuffer ? (payload as Blob).arrayBuffer() : payload));
    const send = (payloads: unknown[]) => {
      const body = join(
        target.form,
        all.map((frame, i) => ({ ...frame, payload: payloads[i] })),
      );
      if (this._links.has(link)) this._carry(link, target, body);
    };
    if (blobs.some((payload) => payload instanceof Promise)) void Promise.all(blobs).then(send);
    else send(blobs);
  }

  send(link: Link, frame: OutFrame): void {
    const wire = this._links.get(link) as Required<Carried> | undefined;
    if (!wire) return;
    this._compress = frame.payload instanceof Outgoing ? frame.payload.compress : !frame.binary || this._compress;
    this._announce(frame);
    if (this._bridge) {
      for (const own of this._bridge._encode(frame, this._machine.generation())) this._put(wire, own);
    } else {
      this._put(wire, frame);
    }
  }

  drop(link: Link): void {
    const wire = this._links.get(link);
    this._links.delete(link);
    if (wire) wire.close();
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
    this._detail = undefined;
    this._tell(() => {
      this._manager._say("close", why, detail);
      engine._closed(why, detail);
      this._rest();
    });
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

  authWanted(nsp: Nsp): void {
    this._tell(() => this._socket(nsp)._authorize());
  }

  connected(nsp: Nsp, id: string, recovered: boolean): void {
    this._tell(() => {
      this._socket(nsp)._connected(id, recovered);
      this._packet(nsp, 0, { sid: id });
    });
  }

  refused(nsp: Nsp, why: Refusal, payload: Payload | undefined): void {
    const error: Error & { data?: unknown } = new Error(why === "timeout" ? why : why === "server" ? "" : OLD_SERVER);
    if (why === "server") {
      const data = (payload === undefined ? undefined : this._value(payload)) as any;
      error.message = data && typeof data === "object" ? data.message : data === undefined ? "" : String(data);
      error.data = data && data.data;
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

  // ---- links ----

  /** Nobody is left who must hear of network and page. */
  private _rest(): void {
    if (!this._sockets.some((socket) => socket.active)) unwatch(this._hint);
  }

  /** A new attempt to open. Returns whether it is still wanted when users have heard of it. */
  private _begin(link: Link, target: Target): boolean {
    this._links.set(link, undefined);
    watch(this._hint);
    const closed = !this._engine || this._engine.readyState !== "opening";
    if (closed && this._attempt) this._guard(() => this._manager._say("reconnect_attempt", this._attempt));
    if (!this._links.has(link)) return false;
    const engine = closed ? this._prepare() : (this._engine as Engine);
    engine.transport = engine._climb(target.transport);
    return true;
  }

  private _carry(link: Link, target: Target, body?: string): void {
    const engine = this._engine as Engine;
    const opts = engine._options(target.transport);
    const Carrier = engine._carrier(target.transport);
    opts.octets = body === undefined && target.form !== 4;
    this._links.set(link, new Carrier(engine._uri(target, opts), opts, this._events(engine, link, target, body), body));
  }

  private _events(engine: Engine, link: Link, { transport, form }: Target, body: string | undefined): CarrierEvents {
    return {
      opened: () => {
        this._machine.handleOpened(platform.now(), link);
        this._settle();
      },
      heard:
        transport === "websocket"
          ? (data) => this._heard(engine, link, data)
          : (data) => this._answered(engine, link, form, body === undefined ? (data as string | ArrayBuffer) : undefined),
      lost: (error, details) => this._lost(link, this._links.get(link), error, details),
    };
  }

  private _heard(engine: Engine, link: Link, heard: string | ArrayBuffer | Uint8Array): void {
    const generation = this._machine.generation();
    const isCoded = typeof heard === "string" && heard[0] === "b";
    const data = isCoded ? decoded(heard, generation) : heard;
    const climb = this._climb;
    if (climb) {
      if (data === "3probe") this._guard(() => engine._tell("upgrading", climb));
      else this._probe = "";
    } else {
      this._note(engine, data);
    }
    for (const packet of this._bridge ? this._bridge._decode([data], generation) : [data]) {
      this._machine.handlePacket(platform.now(), link, packet as string);
    }
    this._settle();
  }

  private _answered(engine: Engine, link: Link, form: Generation | 0, body: string | ArrayBuffer | undefined): void {
    this._links.delete(link);
    const of = form || (body === undefined ? 4 : formOf(body));
    const frames = body === undefined ? [] : split(of, body);
    for (const frame of frames) {
      if (frame === "1") this._detail = { description: "transport closed by the server" };
      else if (frame === undefined) this._detail = Object.assign(new Error("server error"), { code: "parser error" });
      if (frame !== undefined) this._note(engine, frame);
    }
    this._machine.handleAnswer(platform.now(), link, of, this._bridge ? this._bridge._decode(frames, of) : frames);
    this._settle();
  }

  private _lost(link: Link, wire: Carried | undefined, error: Error | undefined, details: unknown): void {
    this._links.delete(link);
    if (wire) wire.close();
    if (this._climb && wire && wire.send) this._probe = error ? ": " + error : ": transport closed";
    else this._detail = error || details;
    const engine = this._engine as Engine;
    if (error && engine.readyState === "open" && !this._climb) {
      this._tell(() => this._manager._failed(error));
      this._tell(() => engine._tell("error", error));
    }
    this._machine.handleLost(platform.now(), link, error ? "failed" : "closed");
    this._settle();
  }

  private _put(wire: Required<Carried>, frame: OutFrame): void {
    const { binary, head, payload } = frame;
    this._spoken(frame);
    const engine = this._engine as Engine;
    const compress = this._compress;
    if (!binary) wire.send(head + (payload === undefined ? "" : payload), compress);
    else if (engine.opts.forceBase64 && !(payload as Blob).arrayBuffer) wire.send(asText(frame), compress);
    else wire.send(head ? typed(head, payload) : payload, compress);
  }

  /** An event that has waited is known to its socket's watchers only now. */
  private _announce({ payload }: OutFrame): void {
    if (!(payload instanceof Outgoing) || payload.told) return;
    const socket = this._manager.nsps[payload.nsp];
    if (socket) this._guard(() => socket._announce(payload));
  }

  /** Users may watch what goes out. */
  private _spoken({ binary, head, payload }: OutFrame): void {
    if (head === "2probe" || head === "5") return;
    const engine = this._engine as Engine;
    if (engine._isHeard()) this._guard(() => engine._speak(binary ? payload : head + (payload === undefined ? "" : payload), this._compress));
  }

  /** Users may watch what comes in. */
  private _note(engine: Engine, data: string | ArrayBuffer | Uint8Array): void {
    if (engine !== this._engine || (!engine._isHeard() && typeof data === "string" && data[0] === "4")) return;
    this._guard(() => {
      const type = engine._hear(data);
      if (type === "ping") {
        this._manager._say("ping");
        engine._tell("ping")._tell("pong");
      } else if (type === "pong") {
        engine._tell("pong");
      }
    });
  }

  private _lacksTransports(): boolean {
    const lacks = !carriersOf(this._manager.opts)[0].length;
    if (lacks) platform.setTimeout(() => this._manager._failed("No transports available"), 0);
    return lacks;
  }

  // ---- news ----

  private _tell(news: News): void {
    this._news.push(news);
  }

  /** Lets the machine do what is due, then tells what has happened. Whoever gives a command hears of it before it returns. */
  _settle(): void {
    this._machine.poll(this);
    if (this._failure) {
      this._tell(this._failure);
      this._failure = undefined;
    }
    this._arm();
    if (this._news.length || this._parting.length) {
      const news = this._news.concat(this._parting);
      this._news = [];
      this._parting = [];
      for (const own of news) this._guard(own);
    }
  }

  /** What a listener throws is nobody's here: it must stop neither the machine nor the other listeners. */
  private _guard(run: News): void {
    try {
      run();
    } catch (error) {
      throwLater(error);
    }
  }

  private _arm(): void {
    const at = this._machine.nextTimeout();
    if (at >= this._wake && at !== Infinity) return;
    if (this._wake !== Infinity) platform.clearTimeout(this._timer);
    this._wake = at;
    if (at === Infinity) return;
    const { useNativeTimers, autoUnref } = this._manager.opts;
    this._timer = platform.setTimeout(this._timeout, Math.min(Math.max(0, at - platform.now()), 0x7fffffff), useNativeTimers);
    if (autoUnref && this._timer.unref) this._timer.unref();
  }

  private _timeout = (): void => {
    this._wake = Infinity;
    // Users change options between attempts.
    if (this._attempt) this._configure();
    this._machine.handleTimeout(platform.now());
    this._settle();
  };

  private _hint = (hint: Hint): void => {
    const engine = this._engine;
    if (!engine || (hint === "offline" && engine.hostname === "localhost")) return;
    if (hint === "offline") this._detail = { description: "network connection lost" };
    this._machine.handleHint(platform.now(), hint);
    this._settle();
  };

  /** The page goes: the server hears of it, the application does not. */
  private _hush = (): void => {
    for (const wire of this._links.values()) if (wire) wire.close();
  };

  // ---- payloads ----

  private _socket(nsp: Nsp): Socket<any, any> {
    return this._sockets[nsp] as Socket<any, any>;
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
      this._machine.reject(platform.now());
      this._settle();
      this._fault = undefined;
      return undefined;
    }
  }

  private _binary = (data: Payload): unknown => {
    const type = (this._engine as Engine).binaryType;
    if (type === "nodebuffer") {
      if (Buffer.isBuffer(data)) return data;
      const { buffer, byteOffset, byteLength } = bytesOf(data);
      return Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);
    }
    if (type === "blob") return new Blob([data as ArrayBuffer]);
    if (!ArrayBuffer.isView(data)) return data;
    const { buffer, byteOffset, byteLength } = data;
    return byteLength === buffer.byteLength ? buffer : buffer.slice(byteOffset, byteOffset + byteLength);
  };

  private _packet(nsp: Nsp, type: number, data?: unknown, id?: number): void {
    const manager = this._manager;
    if (!manager.hasListeners("packet")) return;
    const packet: Packet = { type, nsp: this._socket(nsp).nsp };
    if (id !== undefined) packet.id = id;
    if (data !== undefined) packet.data = data;
    manager._say("packet", packet);
  }
}

/** A binary frame that was sent as text. */
const decoded = (text: string, generation: Generation | 0) =>
  generation === 3 ? (split(3, text.length + ":" + text)[0] as Uint8Array) : fromBase64(text.slice(1));

/** A binary frame with the type in front, which Engine.IO 3 wants. */
function typed(head: string, payload: unknown): unknown {
  const type = Uint8Array.of(head.charCodeAt(0));
  if ((payload as Blob).arrayBuffer) return new Blob([type, payload as Blob]);
  const bytes = bytesOf(payload);
  const whole = new Uint8Array(bytes.length + 1);
  whole.set(type);
  whole.set(bytes, 1);
  return whole;
}

export { TransportError };
