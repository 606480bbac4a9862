/**
 * The contract between the client (Manager, Socket, engine) and the machine. The machine is the Rust core in wasm; `wasm.ts` makes a
 * `Machine` from its exports. Nothing here depends on wasm: tests replace either side.
 *
 * Times are milliseconds of a monotonic clock, which goes on while the device sleeps if the platform has such a clock.
 */

/** A payload, which the machine carries and never reads: the JSON text of an event, an attachment, or a custom parser's value. */
export type Payload = unknown;

/** A WebSocket or an HTTP request of the host; each number is used once. */
export type Link = number;
/** A namespace of one machine: 0 for the first. */
export type Nsp = number;
/** An Engine.IO version: "eio3" is socket.io 2.x, "eio4" is socket.io 3.x and 4.x. */
export type EngineVersion = "eio3" | "eio4";

export type TransportName = "polling" | "websocket" | "webtransport";

export interface Target {
  transport: TransportName;
  /** `EIO=4&transport=polling&sid=…`, to append to the user's query. */
  query: string;
  /** The Engine.IO version of the polling bodies; `undefined` before the first response, which shows it. */
  bodyVersion: EngineVersion | undefined;
  /** The session id, once there is a session. */
  sid: string | undefined;
}

/** A frame to send: the head, then the payload. The head of a binary frame is at most one byte (the type, in Engine.IO 3), as a char. */
export interface OutFrame {
  binary: boolean;
  head: string;
  payload: Payload | undefined;
}

/** An ack that the server awaits; valid for one `reply`, while the connection lasts. */
export interface Reply {
  session: number;
  id: number;
}

export type Hint = "online" | "offline" | "foreground" | "background" | "writable" | "congested";
export type Reason =
  | "io server disconnect" | "io client disconnect" | "ping timeout" | "transport close" | "transport error"
  | "parse error" | "forced close";
export type Lost = "failed" | "closed" | "refused";
export type OpenFailure = "transport" | "timeout" | "handshake";
export type Refusal = "server" | "timeout" | "wrong version";
export type AckFailure = "timeout" | "disconnected" | "dropped";
export type Misuse = "buffer full" | "too many acks" | "too many attachments" | "stale reply";

/**
 * The machine's `Config`. An omitted option has the core's default; the reconnection delays have those of socket.io-client. Times are
 * milliseconds; `Infinity` is none.
 */
export interface MachineOptions {
  engineVersion?: EngineVersion;
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
  offlinePolicy?: "refuse" | "drop-oldest" | "drop-newest";
  retryWindow?: number;
  /** The limit of events kept that arrive before their namespace is connected. */
  earlyEvents?: number;
  maxAcks?: number;
  /** Require auth before CONNECT to a namespace of a 2.x server, too: its query can then be set, by `namespace`. */
  authOnEio3?: boolean;
  maxAttachments?: number;
  maxPacketBytes?: number;
  /** The seed of the jitter; give every machine its own. */
  seed?: number;
}

/** The host. The machine calls it while `Machine.poll` runs, in the order in which things happened. */
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
  /** A transport has failed to take over from polling. */
  upgradeFailed(link: Link): void;
  openFailed(why: OpenFailure): void;
  closed(reason: Reason): void;
  malformed(message: string): void;
  reconnecting(attempt: number, delay: number): void;
  reconnectFailed(): void;
  authRequired(nsp: Nsp): void;
  connected(nsp: Nsp, id: string, recovered: boolean): void;
  connectError(nsp: Nsp, why: Refusal, payload: Payload | undefined): void;
  disconnected(nsp: Nsp, reason: Reason): void;
  serverError(nsp: Nsp, payload: Payload | undefined): void;
  /** `payload`: `["name", …]`, without its header (a slice, if it is a string). */
  message(nsp: Nsp, payload: Payload | undefined, attachments: Payload[], reply: Reply | undefined): void;
  emitDropped(nsp: Nsp, payload: Payload): void;
  acked(nsp: Nsp, ack: number, payload: Payload | undefined, attachments: Payload[]): void;
  ackLost(nsp: Nsp, ack: number, why: AckFailure): void;
}

/** The delivery of an emit: once (kept while offline), volatile (dropped if it cannot be sent at once), or up to n retries until acked. */
export type Delivery = "once" | "volatile" | number;

/** The machine of one connection. Every command and handler may leave outputs: call `poll` after each. */
export interface Machine {
  /** Returns the namespace of a name. Sets its query, which a CONNECT to a 2.x server carries, if one is given. */
  namespace(name: string, query?: string): Nsp;
  connect(now: number, nsp: Nsp): void;
  /** `auth`: the text of a JSON object (or a custom parser's value), or none. */
  authorize(now: number, nsp: Nsp, auth?: Payload): void;
  /** `ack`: the time limit of the ack; `Infinity` for none; `undefined` if no ack is wanted. Returns the id of the ack, or -1. */
  emit(now: number, nsp: Nsp, payload: Payload, attachments: readonly Payload[], ack: number | undefined, delivery: Delivery): number | Misuse;
  reply(now: number, nsp: Nsp, reply: Reply, payload: Payload, attachments: readonly Payload[]): Misuse | undefined;
  cancel(now: number, nsp: Nsp, ack: number): void;
  /** Drops the event at a position of `offline`, unless it has retries. Its ack is lost as "dropped". `Infinity`: drops all, and those with retries
   *  that are not sent. No page needs that, but the runs of the simulation. */
  removeOffline(nsp: Nsp, at: number): void;
  disconnect(now: number, nsp: Nsp): void;
  /** Opens the connection without a namespace; it stays until a namespace is disconnected, or `close`. */
  open(now: number): void;
  close(now: number): void;
  /** Changes the options. Timers and attempts that have begun keep the old ones. */
  configure(options: MachineOptions): void;
  /** Begins an attempt to connect again, with the options as they are now. */
  reopen(now: number): void;
  /** Reports a payload that the host cannot read: the connection ends with a "parse error". */
  reportBadPayload(now: number): void;

  handleOpened(now: number, link: Link): void;
  handlePacket(now: number, link: Link, data: string | ArrayBuffer | Uint8Array): void;
  /** `frames`: the packets of a response body, each as a WebSocket would deliver it; `undefined` is a packet that cannot be read. */
  handleResponse(now: number, link: Link, version: EngineVersion, frames: (string | ArrayBuffer | Uint8Array | undefined)[]): void;
  /** "refused": a handshake was refused, and the version may be the reason. */
  handleLost(now: number, link: Link, how: Lost): void;
  handleHint(now: number, hint: Hint): void;
  handleTimeout(now: number): void;

  /** Calls the host with all outputs. Returns the latest time for `handleTimeout`; `Infinity` for never. */
  poll(host: Host): number;

  /** The link whose events and acks may go past the machine, until the next input or timeout; 0 for none. As of the last `poll`. */
  readonly direct: Link;
  /** Awaits the ack of an event that the host writes; `limit` may be `Infinity`. Returns the id of the ack. */
  expect(now: number, nsp: Nsp, limit: number): number | Misuse;
  /** Takes an ack that the host has read; with the time, also that of an event with retries. Returns false if the machine must see its packet. */
  answered(nsp: Nsp, ack: number, now?: number): boolean;
  /** Notes an event that the host has read: its time, and its offset if it has one (its last argument, if that is a text). */
  noteEvent(now: number, nsp: Nsp, offset: string): void;
  /** Returns the number of the namespace's connection, for a `Reply` to an event that the host has read. */
  session(nsp: Nsp): number;
  /** Returns whether the server has promised to restore a lost session of some namespace. */
  recovers(): boolean;
  /** Returns the events in the offline buffer, the oldest first. */
  offline(nsp: Nsp): Payload[];
  engineVersion(): EngineVersion | undefined;
  backlog(): number;
  /** Frees the payloads and the memory. The machine must not be called afterwards. */
  free(): void;
}
