/**
 * What the face (Manager, Socket, engine) knows of the machine, and the machine of its host. The machine itself is the Rust core in
 * wasm; `wasm.ts` makes a `Machine` of its exports. Nothing here is wasm's: tests put their own on either side.
 *
 * Times are milliseconds of one clock that never goes back and goes on while a device sleeps where the platform offers one.
 */

/** What the machine carries and never reads: JSON text of an event, an attachment, or a custom parser's value. */
export type Payload = unknown;

/** A socket or a request of the host's, used once. */
export type Link = number;
/** A namespace of one machine: 0 for the first. */
export type Nsp = number;
/** The generation of a server, by its Engine.IO version; of bodies: 0 is not known yet. */
export type Generation = 3 | 4;

export type TransportName = "polling" | "websocket";

export interface Target {
  transport: TransportName;
  /** `EIO=4&transport=polling&sid=…`, to be put behind the user's own query. */
  query: string;
  /** The generation whose polling bodies to send and expect; 0 before the first answer, which tells. */
  form: Generation | 0;
  /** The session, once there is one. */
  sid: string | undefined;
}

/** A frame to send: the head, then the payload. A binary frame's head is at most one byte (Engine.IO 3's type), as a char. */
export interface OutFrame {
  binary: boolean;
  head: string;
  payload: Payload | undefined;
}

/** An answer that the server awaits; good for one `reply`, while the connection lasts. */
export interface Reply {
  session: number;
  id: number;
}

export type Hint = "online" | "offline" | "foreground" | "background" | "writable" | "congested";
export type Reason =
  | "io server disconnect" | "io client disconnect" | "ping timeout" | "transport close" | "transport error"
  | "parse error" | "forced close";
export type OpenFailure = "transport" | "timeout" | "handshake";
export type Refusal = "server" | "timeout" | "wrong generation";
export type AckFailure = "timeout" | "disconnected" | "dropped";
export type Misuse = "buffer full" | "too many acks" | "too many attachments" | "stale reply";

/** Of the machine's `Config`; what is left out has the core's default, and of the delays socket.io-client's. Spans in milliseconds; `Infinity` is none. */
export interface MachineOptions {
  generation?: Generation;
  transports: TransportName[];
  upgrade?: boolean;
  rememberUpgrade?: boolean;
  tryAllTransports?: boolean;
  reconnection?: boolean;
  reconnectionAttempts?: number;
  reconnectionDelay?: number;
  reconnectionDelayMax?: number;
  /** 0..1 */
  randomizationFactor?: number;
  stableAfter?: number;
  openTimeout?: number;
  connectTimeout?: number;
  detection?: number;
  pingEvery?: number;
  pingGrace?: number;
  offlinePackets?: number;
  offlineBytes?: number;
  offlinePolicy?: "refuse" | "drop oldest" | "drop newest";
  retryWindow?: number;
  /** Events kept that come before a namespace is connected. */
  earlyEvents?: number;
  maxAcks?: number;
  maxAttachments?: number;
  maxPacketBytes?: number;
  /** Of the jitter; give every machine its own. */
  seed?: number;
}

/** The host's half: called while `Machine.poll` runs, in the order in which things happened. */
export interface Host {
  // actions
  open(link: Link, target: Target): void;
  send(link: Link, frame: OutFrame): void;
  get(link: Link, target: Target): void;
  post(link: Link, target: Target, frames: OutFrame[]): void;
  drop(link: Link): void;
  // events
  opened(): void;
  upgraded(): void;
  upgradeFailed(): void;
  openFailed(why: OpenFailure): void;
  closed(reason: Reason): void;
  malformed(message: string): void;
  reconnecting(attempt: number, delay: number): void;
  reconnectFailed(): void;
  authWanted(nsp: Nsp): void;
  connected(nsp: Nsp, id: string, recovered: boolean): void;
  refused(nsp: Nsp, why: Refusal, payload: Payload | undefined): void;
  disconnected(nsp: Nsp, reason: Reason): void;
  serverError(nsp: Nsp, payload: Payload | undefined): void;
  /** `payload`: `["name", …]`, already without its header (of a string: a slice). */
  message(nsp: Nsp, payload: Payload | undefined, attachments: Payload[], reply: Reply | undefined): void;
  emitDropped(nsp: Nsp, payload: Payload): void;
  acked(nsp: Nsp, ack: number, payload: Payload | undefined, attachments: Payload[]): void;
  ackLost(nsp: Nsp, ack: number, why: AckFailure): void;
}

/** How an emit travels: once (kept while offline), dropped if it cannot go at once, or again up to n more times until answered. */
export type Delivery = "once" | "volatile" | number;

/** One connection's machine. Every command and handler may leave outputs: call `poll` after each. */
export interface Machine {
  namespace(name: string, query?: string): Nsp;
  connect(now: number, nsp: Nsp): void;
  /** `auth`: the JSON object's text (or a custom parser's value), or none. */
  authorize(now: number, nsp: Nsp, auth?: Payload): void;
  /** `ack`: the time limit of the answer; `Infinity` for none; `undefined` when no answer is awaited. Returns the ack's id, or -1. */
  emit(now: number, nsp: Nsp, payload: Payload, attachments: Payload[], ack: number | undefined, delivery: Delivery): number | Misuse;
  reply(now: number, nsp: Nsp, reply: Reply, payload: Payload, attachments: Payload[]): Misuse | undefined;
  cancel(now: number, nsp: Nsp, ack: number): void;
  clearOffline(nsp: Nsp): void;
  disconnect(now: number, nsp: Nsp): void;
  /** Opens the connection though no namespace wants it (yet); it stays until one is disconnected, or `close`. */
  open(now: number): void;
  close(now: number): void;
  /** Other options from now on; what has begun goes by those it began with. */
  configure(options: MachineOptions): void;
  /** The host could not read a payload: the connection ends with a "parse error". */
  reject(now: number): void;

  handleOpened(now: number, link: Link): void;
  handlePacket(now: number, link: Link, data: string | ArrayBuffer | Uint8Array): void;
  /** `frames`: a body split into its packets, each as it would come over a WebSocket; `undefined` in it is a bad packet. */
  handleAnswer(now: number, link: Link, form: Generation, frames: (string | ArrayBuffer | Uint8Array | undefined)[]): void;
  handleLost(now: number, link: Link, how: "failed" | "closed"): void;
  handleHint(now: number, hint: Hint): void;
  handleTimeout(now: number): void;

  /** Returns when `handleTimeout` wants to be called at the latest; `Infinity`: not at all. */
  poll(host: Host): number;

  isConnected(nsp: Nsp): boolean;
  /** What waits for a namespace to be connected, the oldest first. */
  offline(nsp: Nsp): Payload[];
  generation(): Generation | 0;
  transport(): TransportName | undefined;
  backlog(): number;
  /** Gives the machine up: its payloads and its memory. Nothing may be called afterwards. */
  free(): void;
}
