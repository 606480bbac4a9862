/** Laravel's channels, in the shape of laravel-echo, over a socket to a laravel-echo-server. */

import { Emitter } from "../emitter.js";
import { Channel, type ChannelOwner } from "./channel.js";
import { Channels, type Ticket } from "./channels.js";
import { checkedHeaders, type Headers } from "./headers.js";
import type { Member } from "./members.js";
import { type ChannelKind, channelName, isAuthorized } from "./names.js";

/** The part of a socket that Echo needs: of this package, or of socket.io-client. Its events may be typed. */
export interface EchoSocket {
  id?: string | undefined;
  connected: boolean;
  on(event: any, listener: any): unknown;
  off(event?: any, listener?: any): unknown;
  onAny(listener: any): unknown;
  offAny(listener?: any): unknown;
  emit(event: any, ...args: any[]): unknown;
  disconnect(): unknown;
}

/** Options of {@link Echo}, those of laravel-echo. */
export interface EchoOptions {
  /**
   * The headers with which the server asks Laravel whether this client may join a private or presence channel. A function gives them for each
   * subscription, also after a reconnect.
   */
  auth?: { headers?: Headers | ((channel: string) => Headers | Promise<Headers>) };
  /** The token of the header `Authorization: Bearer <token>`, or a function that gives it for each subscription. */
  bearerToken?: string | ((channel: string) => string | Promise<string>) | null;
  /** The header `X-CSRF-TOKEN`. */
  csrfToken?: string | null;
  /** The namespace of the classes of events. Default: `App.Events`. */
  namespace?: string | false;
}

/** The listeners of {@link Echo}. */
export interface EchoEvents {
  /** The headers of a subscription failed, or an event of the server has data of another type. */
  error: (error: Error) => void;
}

/** The most listeners of all channels. */
const LISTENERS = 10_000;

/** The subscriptions of a connect that await their headers at a time. */
const ASKING = 16;

/**
 * The channels of a socket. Make one Echo for a socket.
 *
 * Its own event is `error`, with an `Error`: the headers of a subscription failed, or an event of the server has data of another type. All
 * others are heard by a {@link Channel}: `listen`, `here`, `joining`, `leaving`, `listenForWhisper`, `notification`, `subscribed`, `error`.
 *
 * @example
 * const echo = new Echo(io("https://example.com"), { bearerToken: token });
 * echo.channel("orders").listen("OrderShipped", (order) => console.log(order.id));
 */
export class Echo extends Emitter<{}, {}, EchoEvents> {
  private readonly joined = new Channels();
  private readonly channels = new Map<string, Channel>();
  private readonly owner: ChannelOwner;
  private listenerCount = 0;

  constructor(
    readonly socket: EchoSocket,
    private readonly options: EchoOptions = {},
  ) {
    super();
    const { namespace } = options;
    this.owner = {
      namespace: namespace === undefined ? "App.Events" : namespace,
      resubscribe: (channel) => {
        if (this.channels.get(channel.name) === channel) this.subscribe(channel.name);
      },
      whisper: (channel, event, data) => {
        if (socket.connected) socket.emit("client event", { channel, event, data });
      },
      membersOf: (channel) => this.joined.members(channel) as Member[],
      count: (change) => this.count(change),
    };
    this.fixedHeaders();
    socket.on("connect", this.onConnect);
    socket.on("disconnect", this.onDisconnect);
    socket.onAny(this.onEvent);
    if (socket.connected) this.joined.handleConnected();
  }

  /** Joins a public channel, or returns it if it is joined already. Throws a `TypeError` for a name that cannot be that of a channel. */
  channel(name: string): Channel {
    return this.named("public", name);
  }

  /** Joins a private channel, by its name without `private-`. */
  private(name: string): Channel {
    return this.named("private", name);
  }

  /** Joins a presence channel, by its name without `presence-`. */
  join<T = any>(name: string): Channel<T> {
    return this.named("presence", name);
  }

  /** Joins a public channel and listens for an event. */
  listen<D = any>(channel: string, event: string, callback: (data: D) => void): Channel {
    return this.channel(channel).listen(event, callback);
  }

  /** Leaves the public, the private and the presence channel of this name, and removes their listeners. */
  leave(name: string): void {
    for (const kind of ["public", "private", "presence"] as const) this.leaveChannel(channelName(kind, name));
  }

  /** Leaves one channel by its full name, such as `private-chat.1`, and removes its listeners. */
  leaveChannel(name: string): void {
    const channel = this.channels.get(name);
    if (!channel) return;
    channel._clear();
    this.channels.delete(name);
    if (this.joined.leave(name)) this.socket.emit("unsubscribe", { channel: name, auth: { headers: {} } });
  }

  /** Leaves every channel. */
  leaveAllChannels(): void {
    for (const name of this.joined.names) this.leaveChannel(name);
  }

  /** Returns the id of the socket; `undefined` while it is not connected. */
  socketId(): string | undefined {
    return this.socket.connected ? this.socket.id : undefined;
  }

  /**
   * Returns the header of a request to Laravel whose broadcasts are to skip this socket (`broadcast(..)->toOthers()`); none while it is not
   * connected.
   *
   * @example
   * await fetch("/messages", { method: "POST", headers: { ...echo.headers(), "Content-Type": "application/json" }, body });
   */
  headers(): Headers {
    const id = this.socketId();
    return id ? { "X-Socket-ID": id } : {};
  }

  /** Disconnects the socket. */
  disconnect(): void {
    this.socket.disconnect();
  }

  /** Stops listening to the socket, which stays as it is, with its channels at the server. */
  close(): void {
    const { socket } = this;
    socket.off("connect", this.onConnect);
    socket.off("disconnect", this.onDisconnect);
    socket.offAny(this.onEvent);
  }

  private named(kind: ChannelKind, name: string): Channel {
    const full = channelName(kind, name);
    const known = this.channels.get(full);
    if (known) return known;
    const channel = new Channel(this.owner, full);
    // Before it is kept, because there may be too many.
    const ticket = this.joined.subscribe(full);
    this.channels.set(full, channel);
    if (ticket) this.redeem(ticket);
    return channel;
  }

  private subscribe(channel: string): void {
    const ticket = this.joined.subscribe(channel);
    if (ticket) this.redeem(ticket);
  }

  private count(change: number): void {
    if (change > 0 && this.listenerCount >= LISTENERS) {
      throw new Error("10,000 listeners of channels are registered already: leave channels, or call `stopListening`");
    }
    this.listenerCount += change;
  }

  private readonly onConnect = () => {
    const tickets = this.joined.handleConnected();
    const redeemNext = (): unknown => {
      const ticket = tickets.shift();
      const asking = ticket && this.redeem(ticket);
      return asking ? asking.then(redeemNext) : ticket && redeemNext();
    };
    for (let n = 0; n < ASKING; n++) redeemNext();
  };

  private readonly onDisconnect = () => this.joined.handleDisconnected();

  private readonly onEvent = (event: string, name: unknown, data: unknown) => {
    const channel = typeof name === "string" ? this.channels.get(name) : undefined;
    if (!channel) return;
    let news: ReturnType<Channels["handleEvent"]>;
    try {
      news = this.joined.handleEvent(event, channel.name, data);
    } catch (error) {
      this.fail(new TypeError(`the event ${event} of ${channel.name} cannot be read: ${(error as Error).message}`));
      return;
    }
    if (news) channel._tell(news);
    else channel._receive(event, data);
  };

  /** Asks for the headers of a subscription, and sends it: at once if they are no promise. */
  private redeem(ticket: Ticket): Promise<void> | undefined {
    const send = (headers: Headers) => this.send(ticket, headers);
    const fail = (error: Error) => {
      if (this.joined.fail(ticket)) this.fail(new Error(`no subscription to ${ticket.channel}: its headers failed: ${error && error.message}`));
    };
    try {
      const headers = isAuthorized(ticket.channel) ? this.headersOf(ticket.channel) : {};
      if (headers instanceof Promise) return headers.then(send).catch(fail);
      send(headers);
    } catch (error) {
      fail(error as Error);
    }
    return undefined;
  }

  private send(ticket: Ticket, headers: Headers): void {
    const { channel } = ticket;
    if (!this.joined.send(ticket)) return;
    this.socket.emit("subscribe", { channel, auth: { headers } });
    const object = this.channels.get(channel);
    // Later, so that listeners can be registered first.
    if (object && !channel.startsWith("presence-")) Promise.resolve().then(() => object._tell({ type: "subscribed" }));
  }

  private headersOf(channel: string): Headers | Promise<Headers> {
    const { auth, bearerToken } = this.options;
    const given = auth && auth.headers;
    const isAsync = typeof given === "function" || typeof bearerToken === "function";
    if (!isAsync) return this.fixedHeaders();
    const asking = Promise.all([
      typeof given === "function" ? given(channel) : given,
      typeof bearerToken === "function" ? bearerToken(channel) : bearerToken,
    ]);
    return asking.then(([headers, token]) => this.withTokens(headers, token));
  }

  private fixedHeaders(): Headers {
    const { auth, bearerToken } = this.options;
    const given = auth && auth.headers;
    return this.withTokens(typeof given === "function" ? {} : given, typeof bearerToken === "function" ? null : bearerToken);
  }

  private withTokens(given: unknown, bearer: string | null | undefined): Headers {
    const headers: Record<string, unknown> = given ? checkedHeaders(given) : {};
    const { csrfToken } = this.options;
    if (csrfToken) headers["X-CSRF-TOKEN"] = csrfToken;
    if (bearer) headers.Authorization = `Bearer ${bearer}`;
    return checkedHeaders(headers);
  }

  private fail(error: Error): void {
    if (this.hasListeners("error")) this.emitReserved("error", error);
    else console.warn("tidewire: channels failed, and no listener of `error` is there:", error);
  }
}
