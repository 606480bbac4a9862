/** Messages from one client to another, and presence, with servers of egg-socket.io's peer-to-peer example and of mobile-sdk. */

import { Emitter } from "../emitter.js";
import { type Meta, parseMsg, readEnvelope } from "../envelope/message.js";
import {
  type Action,
  DENY,
  EXCHANGE,
  ONLINE,
  RE_CONNECT_AND_UPDATES,
  RE_CONNECT_UPDATED,
  REQUEST_MESSAGE,
  RESPONSE_MESSAGE,
  SAVE_ID,
  SEND_TO_OTHERS,
} from "../envelope/names.js";
import { readOnline } from "../envelope/online.js";
import { Members } from "./members.js";
import { type Ids, isSignatureRefusal, Registration, readIds } from "./registration.js";

/** The part of a socket that peers need: of this package, or of socket.io-client. Its events may be typed. */
export interface PeerSocket {
  id?: string | undefined;
  on(event: any, listener: any): unknown;
  off(event?: any, listener?: any): unknown;
  onAny(listener: any): unknown;
  offAny(listener?: any): unknown;
  emit(event: any, ...args: any[]): unknown;
  disconnect(): unknown;
}

/** A request for a signature, of `app` and `timestamp` with the key. */
export interface SignRequest {
  /** The application. */
  app: string;
  /** The time of the message, in milliseconds since 1970. */
  timestamp: number;
}

/** Options of {@link Peers}. */
export interface PeersOptions {
  /** The application at a mobile-sdk server. Without it, the server is one of egg-socket.io's peer-to-peer example. */
  app?: string;
  /** Makes the signature of each message to a mobile-sdk server. Ask your server for it: the key must not ship with a page. */
  sign?: (request: SignRequest) => string | Promise<string>;
  /** Whether to disconnect when the server denies this client, because it would do so again. Default: `true`. */
  leaveWhenDenied?: boolean;
}

/** A message for this client, with a payload of the type `T`. */
export interface PeerMessage<T = unknown> {
  /** `exchange` for a message of another client. */
  action: Action;
  payload: T;
  /** The socket id of the sender. mobile-sdk does not tell it. */
  sender: string | undefined;
  meta: Meta;
}

/** The listeners of {@link Peers}. `T` is the type of the payloads that the other clients send. */
export interface PeerEvents<T = any> {
  /** A message for this client. */
  message: (payload: T, message: PeerMessage<T>) => void;
  /** The client with this id is in the room. */
  join: (id: string) => void;
  /** The client with this id left the room. */
  leave: (id: string) => void;
  /** The server denies this client; the payload is its reason. */
  denied: (payload: any, message: PeerMessage<any>) => void;
  /** A mobile-sdk server has given this client its ids, or knows it under them again. */
  registered: (ids: Ids) => void;
  /** An event of the server could not be read, or a message to it not be signed. */
  error: (error: Error) => void;
}

/**
 * The peers of a socket. Create it before the socket connects. `T` is the type of the payloads that the other clients send; nothing checks it.
 *
 * | event | arguments | when |
 * |---|---|---|
 * | `message` | payload, {@link PeerMessage} | there is a message for this client |
 * | `join`, `leave` | socket id | another client comes to the room, or is there already; or leaves it |
 * | `denied` | reason, {@link PeerMessage} | the server denies this client, which disconnects unless `leaveWhenDenied` is `false` |
 * | `registered` | {@link Ids} | a mobile-sdk server has given this client its ids |
 * | `error` | `Error` | an event of the server cannot be read, or a message cannot be signed |
 *
 * @example
 * const peers = new Peers(io("/ptop", { query: { room: "demo", userId: "bot" } }));
 * peers.on("message", (text, { sender }) => peers.send(sender, `you said ${text}`));
 */
export class Peers<T = any> extends Emitter<{}, {}, PeerEvents<T>> {
  private readonly members = new Members();
  private readonly registration: Registration | undefined;
  /** Resolves when the messages so far are sent: a signature that takes longer does not change their order. */
  private sent: Promise<unknown> = Promise.resolve();

  constructor(
    readonly socket: PeerSocket,
    private readonly options: PeersOptions = {},
  ) {
    super();
    const { app, sign } = options;
    if (app !== undefined) {
      if (typeof sign !== "function") throw new TypeError("expected the option `sign`, a function, with `app`");
      this.registration = new Registration(app);
    }
    socket.onAny(this.onEvent);
    socket.on("disconnect", this.onDisconnect);
  }

  /** The ids of the other clients in the room, sorted. Empty while the socket is not connected. */
  get online(): string[] {
    return this.members.ids;
  }

  /** The ids that a mobile-sdk server has given this client. */
  get ids(): Ids | undefined {
    return this.registration && this.registration.ids;
  }

  /** Returns the details that the server gave of a member, often the query of its handshake. */
  detail(id: string): unknown {
    return this.members.detail(id);
  }

  /**
   * Sends to another client. No answer tells whether it is there: both servers drop a message without a receiver.
   *
   * @param target a socket id; for a mobile-sdk server the ids of the target, because it delivers only under its user id
   * @returns resolved when the socket has the message; rejected with a `TypeError` if the target does not fit the server, or with the error
   *   of `sign`
   */
  send(target: string | Ids | undefined, payload?: unknown): Promise<void> {
    if (!this.registration) {
      const id = typeof target === "object" ? target.socketId : target;
      if (!id) return Promise.reject(new TypeError("the message has no target: mobile-sdk does not tell who has sent a message"));
      this.socket.emit(EXCHANGE, { target: id, payload });
      return Promise.resolve();
    }
    if (typeof target !== "object") {
      return Promise.reject(new TypeError("a mobile-sdk server needs `{ socketId, userId }` of the target"));
    }
    return this.post(SEND_TO_OTHERS, payload, target);
  }

  /** Sends an action to a mobile-sdk server, such as `requestId`, which it does not answer. */
  request(action: Action, payload?: unknown): Promise<void> {
    return this.post(action, payload);
  }

  /** Stops listening to the socket, which stays as it is. */
  close(): void {
    this.socket.offAny(this.onEvent);
    this.socket.off("disconnect", this.onDisconnect);
    this.members.clear();
  }

  private post(action: Action, payload: unknown, target?: Ids): Promise<void> {
    const { registration, options, socket } = this;
    if (!registration) return Promise.reject(new Error("requests are for mobile-sdk servers: set the option `app`"));
    if (!registration.ids) return Promise.reject(new Error("the server has given no id yet: send after the event `registered`"));
    const { app } = registration;
    const timestamp = Date.now();
    const signed = new Promise<string>((resolve) => resolve((options.sign as NonNullable<typeof options.sign>)({ app, timestamp })));
    const before = this.sent;
    const done = signed.then(async (sign) => {
      await before;
      socket.emit(REQUEST_MESSAGE, parseMsg(action, payload, { ...registration.meta(action, target), timestamp, sign }));
    });
    this.sent = done.catch(() => before);
    return done;
  }

  private readonly onDisconnect = () => this.members.clear();

  private readonly onEvent = (event: string, value: unknown) => {
    try {
      if (event === this.socket.id || (this.registration && event === RESPONSE_MESSAGE)) this.onMessage(value);
      else if (event === ONLINE) this.onOnline(value);
    } catch (error) {
      // A listener that throws is the application's.
      if (!(error instanceof Unreadable)) throw error;
      this.fail(error.cause);
    }
  };

  private onOnline(value: unknown): void {
    const online = read(() => readOnline(value));
    for (const { type, id } of this.members.apply(this.socket.id || "", online)) this.emitReserved(type, id);
  }

  private onMessage(value: unknown): void {
    const { data, meta } = read(() => readEnvelope(value));
    const { action, payload } = data;
    const { registration } = this;
    if (registration && action === SAVE_ID) {
      this.register(registration, payload);
    } else if (registration && action === RE_CONNECT_UPDATED) {
      this.tellIds();
    } else {
      const isDenied = action === DENY || (registration && isSignatureRefusal(payload));
      if (isDenied && this.options.leaveWhenDenied !== false) this.socket.disconnect();
      this.emitReserved(isDenied ? "denied" : "message", payload, { action, payload, sender: meta.client, meta });
    }
  }

  private register(registration: Registration, payload: unknown): void {
    const ids = read(() => readIds(payload));
    if (registration.save(ids) !== "replaced") this.tellIds();
    else this.request(RE_CONNECT_AND_UPDATES, "reconnect socket!").catch((error) => this.fail(error));
  }

  private tellIds(): void {
    if (this.ids) this.emitReserved("registered", this.ids);
  }

  private fail(error: Error): void {
    if (this.hasListeners("error")) this.emitReserved("error", error);
    else console.warn("tidewire: an event of peers failed, and no listener of `error` is there:", error);
  }
}

/** An event of the server that cannot be read. */
class Unreadable {
  constructor(readonly cause: Error) {}
}

function read<T>(reading: () => T): T {
  try {
    return reading();
  } catch (error) {
    throw new Unreadable(error as Error);
  }
}
