/** The options of `io()` and `Manager`: the reference's, and ours. */

import type { Carrier } from "./carriers.js";
import type { EngineVersion, MachineOptions } from "./machine/contract.js";

/** One of the classes that this package exports, such as `Fetch`. */
export interface Implementation {
  readonly prototype: { readonly name: string };
}

/** What goes into the requests and sockets; `transportOptions` may set any of it for one transport alone. */
export interface EngineOptions {
  /** Where the server is, if not in the address given to `io()`. */
  host?: string;
  hostname?: string;
  secure?: boolean;
  port?: string | number;
  /** Added to the query of every request. */
  query?: { [key: string]: any };
  /** Node: of the requests and of `ws`. */
  agent?: any;
  /** Whether to climb from polling to a WebSocket. @default true */
  upgrade?: boolean;
  /** Send binary as text. @default false */
  forceBase64?: boolean;
  /** @default "t" */
  timestampParam?: string;
  /** Whether to add something new to each address, against caches. @default for polling alone */
  timestampRequests?: boolean;
  /** Which transports to use, the first to open with. @default ["polling", "websocket"] */
  transports?: ("polling" | "websocket" | "webtransport" | string)[] | Implementation[];
  transportImplementations?: Implementation[];
  /** Try the next transport when one cannot be opened. @default false */
  tryAllTransports?: boolean;
  /** Open with a WebSocket if the last one worked. @default false */
  rememberUpgrade?: boolean;
  /** Milliseconds a request may take; 0: for ever. @default 0 */
  requestTimeout?: number;
  transportOptions?: { [transport: string]: any };
  /** Node: of TLS, as `https` and `ws` take them. */
  pfx?: any;
  key?: any;
  passphrase?: string;
  cert?: any;
  ca?: any;
  ciphers?: string;
  rejectUnauthorized?: boolean;
  /** Headers of every request; of WebSockets where the platform can. */
  extraHeaders?: { [header: string]: string };
  /** Send cookies across origins; in Node: keep cookies. @default false */
  withCredentials?: boolean;
  /** Close without a word when the page is left. @default false */
  closeOnBeforeunload?: boolean;
  /** Use the timers that were there first, though tests have replaced them since. @default false */
  useNativeTimers?: boolean;
  /** Node: do not keep the process alive. @default false */
  autoUnref?: boolean;
  /** Of `ws`. @default { threshold: 1024 } */
  perMessageDeflate?: any;
  /** @default "/socket.io" */
  path?: string;
  /** @default true */
  addTrailingSlash?: boolean;
  /** WebSocket sub-protocols. */
  protocols?: string | string[];
}

export interface ManagerOptions extends EngineOptions {
  /** A connection of its own. @default false */
  forceNew: boolean;
  /** Share a connection with the other namespaces of the same server. @default true */
  multiplex: boolean;
  /** @default "/socket.io" */
  path: string;
  /** @default true */
  reconnection: boolean;
  /** @default Infinity */
  reconnectionAttempts: number;
  /** Milliseconds. @default 1000 */
  reconnectionDelay: number;
  /** Milliseconds. @default 5000 */
  reconnectionDelayMax: number;
  /** How far chance moves a delay, 0 to 1. @default 0.5 */
  randomizationFactor: number;
  /** Milliseconds opening may take; `false`: for ever. @default 20000 */
  timeout: number;
  /** Open in the constructor. @default true */
  autoConnect: boolean;
  /** `{ Encoder, Decoder }`, as socket.io-parser and socket.io-msgpack-parser are. */
  parser: any;

  // ---- beyond the reference ----

  /** The Engine.IO version of the server: "eio3" is socket.io 2.x, "eio4" is 3.x and 4.x. @default detected */
  engineVersion: EngineVersion;
  /** How many events a socket keeps while it is not connected. @default 100000 */
  offlinePackets: number;
  /** How many bytes of them. @default 64 MiB */
  offlineBytes: number;
  /** What happens to an event for which there is no room: `emit` throws, or one is dropped. @default "refuse" */
  offlinePolicy: "refuse" | "drop-oldest" | "drop-newest";
  /** Milliseconds a server may take to let a namespace in. @default Infinity */
  connectTimeout: number;
  /** How many events are on their way at a time with `retries`. @default 1 */
  retryWindow: number;
}

/** What the machine is to know of the options, at this moment: most of it under the same names. */
export const machineOptions = (opts: Partial<ManagerOptions>, seed: number): MachineOptions =>
  Object.assign({ connectTimeout: Infinity, offlinePackets: 1e5, offlineBytes: 1 << 26, retryWindow: 1 }, opts, {
    transports: carriersOf(opts)[0] as MachineOptions["transports"],
    openTimeout: (opts.timeout as unknown) === false ? Infinity : opts.timeout,
    seed,
  });

/** The names of the transports wanted, and the carriers that were given in place of names. */
export function carriersOf({ transports, transportImplementations: given }: EngineOptions): [string[], Record<string, Carrier>] {
  if (given && transports) {
    throw new Error("specifying both 'transportImplementations' and 'transports' options is not supported");
  }
  const carriers: Record<string, Carrier> = Object.create(null);
  const names = ((given || transports || ["polling", "websocket"]) as (string | Implementation)[]).map((wanted) => {
    if (typeof wanted === "string") return wanted;
    const { name } = wanted.prototype;
    carriers[name] = wanted as Carrier;
    return name;
  });
  return [names.filter((name) => name !== "webtransport"), carriers];
}
