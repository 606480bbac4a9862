/** `socket.io.engine`: the public view of the Engine.IO connection, which the machine runs, and the URLs of its requests. */

import { Emitter } from "./emitter.js";
import type { Target } from "./machine/contract.js";
import type { EngineOptions, TransportOptions } from "./options.js";
import { platform } from "./platform.js";
import { requestError, type TransportConstructor, type TransportEvents, type TransportHandle } from "./transport.js";
import { selectTransports } from "./transport-selection.js";
import { bracketed, decode, encode, pageLocation, parse } from "./url.js";

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

/** The public view of a transport. */
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

/** The connection, as its engine knows it. */
export interface EngineHost {
  _write(data: unknown, done?: () => void): void;
  /** Ends the session as if the network had failed. */
  _abort(): void;
  /** Returns the number of queued packets. */
  _backlog(): number;
}

const PACKET_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

export class Engine extends Emitter<{}, {}, EngineEvents> {
  static readonly protocol = 4;
  static priorWebsocketSuccess = false;

  declare id: string;
  declare transport: Transport;
  binaryType: string = platform.binaryType;
  readyState: "opening" | "open" | "closing" | "closed" = "opening";
  readonly opts: TransportOptions & { path: string; timestampParam: string };
  readonly transports: string[];
  readonly hostname: string;
  readonly port: string | number;
  readonly secure: boolean;
  /** The classes given in `transports` or `transportImplementations`, by name. */
  private _transportClasses: Record<string, TransportConstructor>;
  private _handshake: unknown;
  private _isDraining: boolean | undefined;

  constructor(
    uri: string | undefined,
    opts: EngineOptions,
    protected _host: EngineHost,
  ) {
    super();
    setServer(uri, opts);
    const page = pageLocation();
    this.secure = opts.secure != null ? opts.secure : !!page && page.protocol === "https:";
    if (opts.hostname && !opts.port) opts.port = this.secure ? "443" : "80";
    this.hostname = opts.hostname || (page ? page.hostname : "localhost");
    this.port = opts.port || (page && page.port) || (this.secure ? "443" : "80");
    [this.transports, this._transportClasses] = selectTransports(opts);
    const defaults = {
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
    this.opts = Object.assign(defaults, opts, { path });
    if (typeof this.opts.query === "string") this.opts.query = decode(this.opts.query);
    if (opts.withCredentials && platform.cookieJar) this.opts.cookieJar = platform.cookieJar();
  }

  // ---- called by the application ----

  /** Sends an Engine.IO message, which bypasses Socket.IO. */
  send(data: any, options?: unknown, done?: () => void): this {
    this._host._write(data, (typeof options === "function" ? options : done) as () => void);
    return this;
  }

  write(data: any, options?: unknown, done?: () => void): this {
    return this.send(data, options, done);
  }

  /** Ends this connection; the manager then reconnects. */
  close(): this {
    this._host._abort();
    return this;
  }

  /** An array with the length of the send queue, without its packets. */
  get writeBuffer(): unknown[] {
    return new Array(this._host._backlog());
  }

  // ---- called by the connection ----

  /** Starts a WebSocket or a request: a POST if there is a body. Throws the errors of the platform, such as of a header with a line break. */
  _start(target: Target, on: TransportEvents, body?: string): TransportHandle {
    const { transport, bodyVersion } = target;
    const opts: TransportOptions = Object.assign({}, this.opts, (this.opts.transportOptions as Record<string, object>)[transport]);
    opts._supportsBinary = body === undefined && bodyVersion !== "eio4";
    const Class = (this._transportClasses[transport] || platform.transports[transport]) as TransportConstructor;
    try {
      return new Class(this._uri(target, opts), opts, on, body);
    } catch (error) {
      throw transport === "polling" ? requestError("xhr", body, error) : error;
    }
  }

  private _uri({ transport, query, sid }: Target, opts: TransportOptions): string {
    const isPolling = transport === "polling";
    const { timestampRequests } = opts;
    const all: Record<string, unknown> = Object.assign({}, opts.query, decode(query));
    if (isPolling) delete all["sid"];
    if (isPolling ? timestampRequests !== false : timestampRequests) all[opts.timestampParam as string] = timestamp();
    if (opts.forceBase64) all["b64"] = 1;
    if (isPolling && sid) all["sid"] = sid;
    const isDefault = +this.port === (this.secure ? 443 : 80);
    return (
      (transport === "websocket" ? "ws" : "http") +
      // WebTransport needs a secure connection.
      (this.secure || transport === "webtransport" ? "s" : "") +
      "://" +
      bracketed(this.hostname) +
      (isDefault ? "" : ":" + this.port) +
      this.opts.path +
      "?" +
      encode(all)
    );
  }

  /** Returns whether there are listeners of any event. */
  _hasAnyListeners(): boolean {
    return !!this._callbacks;
  }

  /** Emits the events of a received packet, before the machine reads it. Returns the type of the packet. */
  _onPacket(data: unknown): string | undefined {
    const [type, content] = splitPacket(data);
    if (type === "open") this._onHandshake(content as string);
    if (!this._callbacks) return type;
    this._emitLocal("packet", content === "" ? { type } : { type, data: content })._emitLocal("heartbeat");
    if (type === "message") this._emitLocal("data", content)._emitLocal("message", content);
    return type;
  }

  /** Emits the events of a packet that is sent. */
  _onPacketCreate(data: unknown, compress: boolean): void {
    if (this.hasListeners("packetCreate")) {
      const [type, content] = splitPacket(data);
      this._emitLocal("packetCreate", { type, data: content || undefined, options: { compress } });
    }
    this._emitLocal("flush");
    if (this._isDraining) return;
    this._isDraining = true;
    void Promise.resolve().then(() => {
      this._isDraining = false;
      this._emitLocal("drain");
    });
  }

  _onOpen(): void {
    this.readyState = "open";
    this._emitLocal("handshake", this._handshake);
  }

  /** Reads the handshake for the public properties; the machine reads it itself. */
  private _onHandshake(text: string): void {
    try {
      const data = JSON.parse(text);
      this._handshake = data;
      this.id = data.sid;
      this.transport.query["sid"] = data.sid;
    } catch {
      // The machine finds the same error and ends the attempt.
    }
  }

  _createTransport({ transport, query }: Target): Transport {
    return new Transport(transport, Object.assign({}, this.opts.query, decode(query)), () => this.close());
  }

  _onClose(reason: string, description: unknown): void {
    if (this.readyState === "closed") return;
    this.readyState = "closed";
    this.id = null as unknown as string;
    this._emitLocal("close", reason, description);
  }
}

/** Returns the type and the content of a packet. */
const splitPacket = (packet: unknown): [type: string | undefined, content: unknown] =>
  typeof packet === "string" ? [PACKET_TYPES[+(packet[0] as string)], packet.slice(1)] : ["message", packet];

/** Writes the host, port, scheme and query of a URL into the options. */
function setServer(uri: string | undefined, opts: EngineOptions): void {
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

/** Returns a value that is different each time, so that no cache answers the request. */
const timestamp = () => Date.now().toString(36).slice(3) + Math.random().toString(36).slice(2, 5);
