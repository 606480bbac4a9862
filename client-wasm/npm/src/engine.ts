/** `socket.io.engine`: what a user sees of Engine.IO. The machine runs it; this shows it, and knows the addresses. */

import type { Carrier, CarrierOptions } from "./carriers.js";
import { Emitter } from "./emitter.js";
import type { Target } from "./machine/contract.js";
import { carriersOf, type EngineOptions } from "./options.js";
import { platform } from "./platform.js";
import { bracketed, decode, encode, here, parse } from "./url.js";

export interface EngineEvents {
  open: () => void;
  handshake: (data: any) => void;
  packet: (packet: EnginePacket) => void;
  packetCreate: (packet: EnginePacket) => void;
  data: (data: any) => void;
  message: (data: any) => void;
  drain: () => void;
  flush: () => void;
  heartbeat: () => void;
  ping: () => void;
  pong: () => void;
  error: (error: string | Error) => void;
  upgrading: (transport: Transport) => void;
  upgrade: (transport: Transport) => void;
  upgradeError: (error: Error) => void;
  close: (reason: string, description?: any) => void;
}

export interface EnginePacket {
  type: string;
  data?: any;
  options?: { compress?: boolean };
}

/** What a user sees of a transport. */
export class Transport extends Emitter<Record<string, any>, Record<string, any>> {
  writable = true;
  constructor(
    readonly name: string,
    readonly query: Record<string, string>,
    private _close: () => void,
  ) {
    super();
  }
  close(): this {
    this._close();
    return this;
  }
}

/** What an engine asks of the connection it shows. */
interface Way {
  _write(data: unknown, done?: () => void): void;
  _cut(): void;
  _backlog(): number;
}

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

export class Engine extends Emitter<{}, {}, EngineEvents> {
  static readonly protocol = 4;
  static priorWebsocketSuccess = false;

  declare id: string;
  declare transport: Transport;
  binaryType: string = platform.binaryType;
  readyState: "opening" | "open" | "closing" | "closed" = "opening";
  readonly opts: CarrierOptions & { path: string; timestampParam: string };
  readonly transports: string[];
  readonly hostname: string;
  readonly port: string | number;
  readonly secure: boolean;
  /** Of this engine's connections: replaced by the names' own carriers. */
  private _carriers: Record<string, Carrier>;
  private _handshake: any;
  private _draining = false;

  constructor(
    uri: string | undefined,
    opts: EngineOptions,
    private _way: Way,
  ) {
    super();
    settle(uri, opts);
    const page = here();
    this.secure = opts.secure != null ? opts.secure : !!page && page.protocol === "https:";
    if (opts.hostname && !opts.port) opts.port = this.secure ? "443" : "80";
    this.hostname = opts.hostname || (page ? page.hostname : "localhost");
    this.port = opts.port || (page && page.port) || (this.secure ? "443" : "80");
    [this.transports, this._carriers] = carriersOf(opts);
    const standard = {
      agent: false,
      withCredentials: false,
      upgrade: true,
      timestampParam: "t",
      rememberUpgrade: false,
      addTrailingSlash: true,
      rejectUnauthorized: true,
      perMessageDeflate: { threshold: 1024 },
      transportOptions: {},
      closeOnBeforeunload: false,
    };
    const path = (opts.path || "/engine.io").replace(/\/$/, "") + (opts.addTrailingSlash === false ? "" : "/");
    this.opts = Object.assign(standard, opts, { path });
    if (typeof this.opts.query === "string") this.opts.query = decode(this.opts.query);
    if (opts.withCredentials && platform.cookieJar) this.opts.cookieJar = platform.cookieJar();
  }

  // ---- what users call ----

  /** Sends a message of Engine.IO's, past Socket.IO. */
  send(data: any, options?: unknown, done?: () => void): this {
    this._way._write(data, (typeof options === "function" ? options : done) as () => void);
    return this;
  }

  write(data: any, options?: unknown, done?: () => void): this {
    return this.send(data, options, done);
  }

  /** Ends this connection; the manager comes back with another. */
  close(): this {
    this._way._cut();
    return this;
  }

  /** As long as what waits to be sent. */
  get writeBuffer(): unknown[] {
    return new Array(this._way._backlog());
  }

  // ---- what the connection calls ----

  /** The options of one transport. */
  _options(name: string): CarrierOptions {
    return Object.assign({}, this.opts, (this.opts.transportOptions as Record<string, object>)[name]);
  }

  _carrier(name: "polling" | "websocket"): Carrier {
    return this._carriers[name] || platform.carriers[name];
  }

  _uri({ transport, query, sid }: Target, opts: CarrierOptions): string {
    const polls = transport === "polling";
    const { timestampRequests: stamps } = opts;
    const all: Record<string, unknown> = Object.assign({}, opts.query, decode(query));
    if (polls) delete all["sid"];
    if (polls ? stamps !== false : stamps) all[opts.timestampParam as string] = stamp();
    if (opts.forceBase64) all["b64"] = 1;
    if (polls && sid) all["sid"] = sid;
    const isDefault = +this.port === (this.secure ? 443 : 80);
    return (
      (polls ? "http" : "ws") +
      (this.secure ? "s" : "") +
      "://" +
      bracketed(this.hostname) +
      (isDefault ? "" : ":" + this.port) +
      this.opts.path +
      "?" +
      encode(all)
    );
  }

  /** Whether anybody listens. */
  _isHeard(): boolean {
    return !!this._heard;
  }

  /** Tells of a packet that has come, before the machine takes it. Returns its type. */
  _hear(data: unknown): string | undefined {
    const isText = typeof data === "string";
    const type = isText ? TYPES[+(data[0] as string)] : "message";
    if (type === "open") this._greeted(data as string);
    if (!this._heard) return type;
    const content = isText ? data.slice(1) : data;
    this._tell("packet", content === "" ? { type } : { type, data: content })._tell("heartbeat");
    if (type === "message") this._tell("data", content)._tell("message", content);
    return type;
  }

  /** Tells of what goes out. */
  _speak(data: unknown, compress: boolean): void {
    if (this.hasListeners("packetCreate")) {
      const isText = typeof data === "string";
      const type = isText ? TYPES[+(data[0] as string)] : "message";
      this._tell("packetCreate", { type, data: isText ? data.slice(1) : data, options: { compress } });
    }
    this._tell("flush");
    if (this._draining) return;
    this._draining = true;
    void Promise.resolve().then(() => {
      this._draining = false;
      this._tell("drain");
    });
  }

  _opened(): void {
    this.readyState = "open";
    this._tell("handshake", this._handshake);
  }

  /** The handshake, of which the machine reads what it needs, and users the rest. */
  private _greeted(text: string): void {
    try {
      const data = JSON.parse(text.slice(1));
      this._handshake = data;
      this.id = data.sid;
      this.transport.query["sid"] = data.sid;
    } catch {
      // The machine finds the same, and gives up opening.
    }
  }

  _climb(name: string): Transport {
    return new Transport(name, Object.assign({}, this.transport && this.transport.query, { transport: name }), () => this.close());
  }

  _closed(reason: string, description: unknown): void {
    this.readyState = "closed";
    this.id = null as unknown as string;
    this._tell("close", reason, description);
  }
}

/** Writes into the options where the server is. */
function settle(uri: string | undefined, opts: EngineOptions): void {
  if (uri) {
    const { host, protocol, port, query } = parse(uri);
    opts.hostname = host;
    opts.secure = protocol === "https" || protocol === "wss";
    opts.port = port;
    if (query) opts.query = query as any;
  } else if (opts.host) {
    opts.hostname = parse(opts.host).host;
  }
}

/** Never the same twice, against caches. */
const stamp = () => Date.now().toString(36).slice(3) + Math.random().toString(36).slice(2, 5);
