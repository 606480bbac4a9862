/** The options of `io()` and `Manager`: those of socket.io-client, and ours. */

/** A transport class that this package exports, such as `Fetch`. */
export interface Implementation {
  readonly prototype: { readonly name: string };
}

/** An Engine.IO version: "eio3" is socket.io 2.x, "eio4" is socket.io 3.x and 4.x. */
export type EngineVersion = "eio3" | "eio4";

/** Options of the requests and WebSockets; `transportOptions` can set each of them for one transport. */
export interface EngineOptions {
  /** The server, if the URL given to `io()` does not name it. */
  host?: string;
  hostname?: string;
  secure?: boolean;
  port?: string | number;
  /** Parameters added to the query of every request. */
  query?: { [key: string]: any };
  /** Node: the agent of the requests and of `ws`. */
  agent?: any;
  /** Upgrade from polling to a WebSocket or a WebTransport. @default true */
  upgrade?: boolean;
  /** Send binary data as base64 text. @default false */
  forceBase64?: boolean;
  /** Name of the query parameter of `timestampRequests`. @default "t" */
  timestampParam?: string;
  /** Add a unique query parameter to each request, so that no cache answers it. @default true for polling, false for WebSocket */
  timestampRequests?: boolean;
  /** The transports to use, by name or class; the first one opens the connection. @default ["polling", "websocket"], in Node also "webtransport" */
  transports?: ("polling" | "websocket" | "webtransport" | string | Implementation)[];
  transportImplementations?: Implementation[];
  /** Try the next transport when one cannot be opened. @default false */
  tryAllTransports?: boolean;
  /** Open with a WebSocket if the last one was successful. @default false */
  rememberUpgrade?: boolean;
  /** Time limit of a request in milliseconds; 0 for none. @default 0 */
  requestTimeout?: number;
  /** Options by name of a transport. */
  transportOptions?: { [transport: string]: any };
  /** Node: TLS options, as in `https` and `ws`. */
  pfx?: any;
  key?: any;
  passphrase?: string;
  cert?: any;
  ca?: any;
  ciphers?: string;
  rejectUnauthorized?: boolean;
  /** Headers of every request, and of WebSockets where the platform supports it. */
  extraHeaders?: { [header: string]: string };
  /** Send cookies to other origins; in Node: keep cookies between requests. @default false */
  withCredentials?: boolean;
  /** Close without a `disconnect` event when the page unloads. @default false */
  closeOnBeforeunload?: boolean;
  /** Use the original timers, even if a test library has replaced them since. @default false */
  useNativeTimers?: boolean;
  /** Node: let the process exit while the connection is open. @default false */
  autoUnref?: boolean;
  /** Node: compression options of `ws`. @default { threshold: 1024 } */
  perMessageDeflate?: any;
  /** @default "/socket.io" */
  path?: string;
  /** Add a slash to the path. @default true */
  addTrailingSlash?: boolean;
  /** WebSocket sub-protocols. */
  protocols?: string | string[];
}

/** Options of one transport. */
export interface TransportOptions extends EngineOptions {
  /** Node: keeps the cookies between requests. */
  cookieJar?: CookieJar | undefined;
  /** The response may be binary, which only Engine.IO 3 sends. */
  _supportsBinary?: boolean;
}

export interface CookieJar {
  /** Reads `Set-Cookie` headers. */
  read(headers: string[] | undefined): void;
  /** Returns `name=value` of each cookie. */
  cookies(): string[];
}

export interface ManagerOptions extends EngineOptions {
  /** Create a new connection. @default false */
  forceNew: boolean;
  /** Share the connection with other namespaces of the same server. @default true */
  multiplex: boolean;
  /** @default "/socket.io" */
  path: string;
  /** Reconnect after a lost connection. @default true */
  reconnection: boolean;
  /** Attempts before `reconnect_failed`. @default Infinity */
  reconnectionAttempts: number;
  /** Delay of the first attempt in milliseconds. @default 1000 */
  reconnectionDelay: number;
  /** Longest delay in milliseconds. @default 5000 */
  reconnectionDelayMax: number;
  /** How much a delay is randomized, from 0 to 1. @default 0.5 */
  randomizationFactor: number;
  /** Time limit of connecting in milliseconds; `false` for none. @default 20000 */
  timeout: number;
  /** Connect in the constructor. @default true */
  autoConnect: boolean;
  /** A module with `Encoder` and `Decoder`, such as socket.io-msgpack-parser. */
  parser: any;

  // ---- beyond socket.io-client ----

  /** The Engine.IO version of the server: "eio3" for socket.io 2.x, "eio4" for 3.x and 4.x. @default detected */
  engineVersion: EngineVersion;
  /**
   * Sockets emit the events of socket.io-client 2.x: `reconnect`, `reconnect_attempt`, `reconnecting`, `reconnect_error`, `reconnect_failed`,
   * `connect_timeout`, `connecting`, `ping` and `pong`, and for a refusal `error`, with its data, in place of `connect_error`.
   */
  compat: 2;
  /** How many events a socket buffers while it is not connected. @default 100000 */
  offlinePackets: number;
  /** How many bytes of events it buffers. @default 64 MiB */
  offlineBytes: number;
  /**
   * A full buffer: `emit` throws ("refuse"), or the oldest or newest event is dropped. Until the core is loaded, `emit` throws, whatever the
   * policy is. @default "refuse"
   */
  offlinePolicy: "refuse" | "drop-oldest" | "drop-newest";
  /** How many acks can be pending; `emit` throws above it. @default 100000 */
  maxAcks: number;
  /** How many binary values an event can hold, sent or received; `emit` throws above it. @default 1000 */
  maxAttachments: number;
  /** Time limit of connecting a namespace in milliseconds. @default Infinity */
  connectTimeout: number;
  /** How many events with `retries` are in flight at a time. @default 1 */
  retryWindow: number;
}
