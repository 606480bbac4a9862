/** The floor of links: carries out what the machine wants sent and opened, and brings it what comes back. */

import { fromBase64 } from "./base64.js";
import { asText, bytesOf, formOf, join, split } from "./bodies.js";
import type { Carried, CarrierEvents } from "./carriers.js";
import { Engine, type Transport } from "./engine.js";
import type { EngineVersion, Hint, Link, OutFrame, Payload, Reason, Target } from "./machine/contract.js";
import { carriersOf } from "./options.js";
import { Outgoing } from "./outgoing.js";
import { Bridge } from "./parser.js";
import { platform, unwatch, watch } from "./platform.js";
import { Turns } from "./turns.js";
import type { Member, Owner } from "./users.js";

/** Browsers close the connections of a frozen page, and say so only after they have said that it goes on: that is no reason to wait. */
const WAKING = 1000;

export abstract class Links extends Turns {
  /** Of today: another at each attempt. */
  _engine: Engine | undefined;
  /** By `Nsp`. */
  protected _sockets: Member[] = [];
  private _links = new Map<Link, Carried | undefined>();
  /** What a transport said of its end, for whoever is told of it. */
  protected _detail: any;
  /** The reason for an end that the machine knows otherwise. */
  protected _forced: Reason | undefined;
  /** Whether the last event was to be compressed: its attachments go as it went. */
  private _compress = true;
  /** What is wrong with the climb, should it fail. */
  protected _probe = ": transport closed";
  /** The climb on its way. */
  protected _climb: Transport | undefined;
  /** When the page has come back to the foreground. */
  private _woken = -WAKING;
  /** How to reach the session by polling. */
  private _session: Target | undefined;
  /** Of a custom parser. */
  readonly _bridge: Bridge | undefined;

  constructor(manager: Owner) {
    super(manager);
    const { parser, closeOnBeforeunload } = manager.opts;
    if (parser) this._bridge = new Bridge(parser, this._binary);
    if (closeOnBeforeunload && typeof addEventListener === "function") addEventListener("beforeunload", this._hush);
  }

  /** Prepares what an attempt to connect begins with, so that users find it before the first byte. */
  protected _prepare(): Engine {
    return (this._engine = new Engine(this._manager._uri, this._manager.opts, this));
  }

  // ---- of the engine's ----

  /** Ends the session as if the network had. */
  _cut(): void {
    this._forced = "forced close";
    const leaves = this._session && this._leave(this._session);
    this._session = undefined;
    for (const [link, wire] of [...this._links]) {
      // A poll that is given up would end the session before the server hears of the goodbye, and refuse it.
      if (leaves && !(wire && wire.send)) this._links.delete(link);
      else this.drop(link);
      this._lost(link, wire, undefined, undefined);
    }
    this._forced = undefined;
  }

  _write(data: unknown, done?: () => void): void {
    const frame: OutFrame = { binary: typeof data !== "string", head: typeof data === "string" ? "4" : "", payload: data };
    for (const [link, wire] of this._links) if (wire && wire.send) this.send(link, frame);
    if (done) this._tell(done);
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
    const all = this._bridge ? this._bridge._encodeAll(frames, target.bodyVersion) : frames;
    for (const frame of all) this._spoken(frame);
    const blobs = all.map(({ binary, payload }) => (binary && (payload as Blob).arrayBuffer ? (payload as Blob).arrayBuffer() : payload));
    const send = (payloads: unknown[]) => {
      const body = join(
        target.bodyVersion,
        all.map((frame, i) => Object.assign({}, frame, { payload: payloads[i] })),
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
      for (const own of this._bridge._encode(frame, this._machine.engineVersion())) this._put(wire, own);
    } else {
      this._put(wire, frame);
    }
  }

  drop(link: Link): void {
    const wire = this._links.get(link);
    this._links.delete(link);
    if (wire) wire.close();
  }

  // ---- inside ----

  protected _rest(): void {
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

  /** Tells the server, which would otherwise wait for the next poll. Nobody hears how that went. Returns whether it was told. */
  private _leave(target: Target): boolean {
    const engine = this._engine as Engine;
    if (engine.transport.name !== "polling" || engine.readyState !== "open") return false;
    const opts = engine._options("polling");
    const Carrier = engine._carrier("polling");
    new Carrier(engine._uri(target, opts), opts, NOBODY, join(target.bodyVersion, [{ binary: false, head: "1", payload: undefined }]));
    return true;
  }

  private _carry(link: Link, target: Target, body?: string): void {
    const engine = this._engine as Engine;
    if (target.transport === "polling" && target.sid) this._session = target;
    const opts = engine._options(target.transport);
    const Carrier = engine._carrier(target.transport);
    opts.octets = body === undefined && target.bodyVersion !== "eio4";
    this._links.set(link, new Carrier(engine._uri(target, opts), opts, this._events(engine, link, target, body), body));
  }

  private _events(engine: Engine, link: Link, { transport, bodyVersion }: Target, body: string | undefined): CarrierEvents {
    const isOurs = () => this._links.has(link);
    return {
      opened: () => {
        this._machine.handleOpened(platform.now(), link);
        this._settle();
      },
      heard:
        transport === "websocket"
          ? (data) => this._heard(engine, link, data)
          : (data) => isOurs() && this._answered(engine, link, bodyVersion, body === undefined ? (data as string | ArrayBuffer) : undefined),
      lost: (error, details) => isOurs() && this._lost(link, this._links.get(link), error, details),
    };
  }

  private _heard(engine: Engine, link: Link, heard: string | ArrayBuffer | Uint8Array): void {
    const isCoded = typeof heard === "string" && heard[0] === "b";
    const data = isCoded ? decoded(heard, this._machine.engineVersion()) : heard;
    const climb = this._climb;
    if (climb) {
      if (data === "3probe") this._guard(() => engine._tell("upgrading", climb));
      else this._probe = "";
    } else {
      this._note(engine, data);
    }
    const now = platform.now();
    if (this._bridge) {
      const packets = this._bridge._decode([data], this._machine.engineVersion());
      for (const packet of packets) this._machine.handlePacket(now, link, packet as string);
    } else {
      this._machine.handlePacket(now, link, data);
    }
    this._settle();
  }

  private _answered(engine: Engine, link: Link, bodyVersion: EngineVersion | undefined, body: string | ArrayBuffer | undefined): void {
    this._links.delete(link);
    const of = bodyVersion || (body === undefined ? "eio4" : formOf(body));
    const frames = body === undefined ? [] : split(of, body);
    for (const frame of frames) {
      if (frame === "1") this._detail = { description: "transport closed by the server" };
      else if (frame === undefined) this._detail = Object.assign(new Error("server error"), { code: "parser error" });
      if (frame !== undefined) this._note(engine, frame);
    }
    this._machine.handleResponse(platform.now(), link, of, this._bridge ? this._bridge._decode(frames, of) : frames);
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
    const now = platform.now();
    this._machine.handleLost(now, link, error ? "failed" : "closed");
    if (now - this._woken < WAKING) {
      this._woken = -WAKING;
      this._machine.handleHint(now, "foreground");
    }
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

  /** Whether what was sent before is still on its way out. */
  protected _isCongested(): boolean {
    for (const wire of this._links.values()) if (wire && wire.waiting && wire.waiting()) return true;
    return this._machine.backlog() > 0;
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

  protected _lacksTransports(): boolean {
    const lacks = !carriersOf(this._manager.opts)[0].length;
    if (lacks) platform.setTimeout(() => this._manager._failed("No transports available"), 0);
    return lacks;
  }

  private _hint = (hint: Hint): void => {
    const engine = this._engine;
    if (!engine || (hint === "offline" && engine.hostname === "localhost")) return;
    if (hint === "offline") this._detail = { description: "network connection lost" };
    if (hint === "foreground") this._woken = platform.now();
    this._machine.handleHint(platform.now(), hint);
    this._settle();
  };

  /** The page goes: the server hears of it, the application does not. */

  private _hush = (): void => {
    if (this._session) this._leave(this._session);
    for (const wire of this._links.values()) if (wire) wire.close();
  };

  protected _binary = (data: Payload): unknown => {
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
}

const NOBODY: CarrierEvents = { opened() {}, heard() {}, lost() {} };

/** A binary frame that was sent as text. */
const decoded = (text: string, version: EngineVersion | undefined) =>
  version === "eio3" ? (split(version, text.length + ":" + text)[0] as Uint8Array) : fromBase64(text.slice(1));

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
