/** One channel of an Echo, in the shape of laravel-echo's. */

import type { Member, News } from "./members.js";
import { eventName, isAuthorized, kindOf, NOTIFICATION, whisperName } from "./names.js";

type Callback = (...args: any[]) => void;

/** The part of an Echo that its channels need. */
export interface ChannelOwner {
  readonly namespace: string | false;
  /** Subscribes again to a channel that was refused. */
  resubscribe(channel: Channel<any>): void;
  whisper(channel: string, event: string, data: unknown): void;
  membersOf(channel: string): Member[];
  /** Counts listeners that are added or removed. Throws if there are too many. */
  count(change: number): void;
}

/**
 * A channel, from `echo.channel`, `echo.private` or `echo.join`. `T` is what Laravel tells of a user in a presence channel.
 *
 * Listeners that are registered in the same turn as the channel is joined miss nothing.
 */
export class Channel<T = any> {
  /** By the name of the event on the wire, or of the news. */
  private readonly listeners = new Map<string, Callback[]>();

  constructor(
    private readonly owner: ChannelOwner,
    /** The name, with its prefix: `presence-chat.1`. */
    readonly name: string,
  ) {}

  /** The users in a presence channel, sorted by their ids as text. Empty while the socket is not connected, and in other channels. */
  get members(): Member<T>[] {
    return this.owner.membersOf(this.name) as Member<T>[];
  }

  /** Calls back with the data of an event. A name that starts with `.` or `\` has no namespace: `.order.shipped`, for `broadcastAs`. */
  listen<D = any>(event: string, callback: (data: D) => void): this {
    return this.add(EVENT + this.wireName(event), callback);
  }

  /** Removes a listener of an event, or all of them. */
  stopListening(event: string, callback?: Callback): this {
    return this.remove(EVENT + this.wireName(event), callback);
  }

  /** Calls back with the data of a whisper of another client in the channel. */
  listenForWhisper<D = any>(event: string, callback: (data: D) => void): this {
    return this.add(EVENT + whisperName(event), callback);
  }

  /** Removes a listener of a whisper, or all of them. */
  stopListeningForWhisper(event: string, callback?: Callback): this {
    return this.remove(EVENT + whisperName(event), callback);
  }

  /** Calls back with each notification. */
  notification<D = any>(callback: (notification: D) => void): this {
    return this.listen(NOTIFICATION, callback);
  }

  /** Removes a listener of notifications, or all of them. */
  stopListeningForNotification(callback?: Callback): this {
    return this.stopListening(NOTIFICATION, callback);
  }

  /**
   * Calls back when the channel is subscribed to: when the server has confirmed a presence channel. It does not confirm others: then, when the
   * subscription is sent.
   */
  subscribed(callback: () => void): this {
    return this.add("subscribed", callback);
  }

  /**
   * Calls back when the server refuses the subscription, with the status of Laravel's response: 403, or 0 if the server cannot reach Laravel.
   *
   * The channel stays, and each connect tries it again, as {@link subscribe} does.
   */
  error(callback: (status: number) => void): this {
    return this.add("refused", callback);
  }

  /** Calls back with what Laravel tells of each user in the channel, this one included, after each subscription. */
  here(callback: (users: T[]) => void): this {
    return this.addPresence("here", callback);
  }

  /** Calls back with what Laravel tells of a user who comes in with a first socket. */
  joining(callback: (user: T) => void): this {
    return this.addPresence("joining", callback);
  }

  /** Calls back with what Laravel tells of a user whose last socket is gone. */
  leaving(callback: (user: T) => void): this {
    return this.addPresence("leaving", callback);
  }

  /**
   * Sends an event to the other clients in a private or presence channel. No answer tells whether it arrives; it is dropped while the socket
   * is not connected, because a server drops whispers of clients that are not in the channel.
   */
  whisper(event: string, data?: unknown): this {
    if (!isAuthorized(this.name)) throw new TypeError(`${this.name} is a public channel, in which the server relays no whisper`);
    this.owner.whisper(this.name, whisperName(event), data);
    return this;
  }

  /** Tries a channel again that was refused, with another token for example. */
  subscribe(): this {
    this.owner.resubscribe(this);
    return this;
  }

  /** @internal Takes an event for this channel. */
  _receive(event: string, data: unknown): void {
    this.call(EVENT + event, data);
  }

  /** @internal Takes news of this channel. */
  _tell(news: News | { type: "subscribed" }): void {
    if (news.type === "here") {
      this.call("subscribed");
      this.call(
        "here",
        news.members.map(({ userInfo }) => userInfo),
      );
    } else if (news.type === "refused") this.call("refused", news.status);
    else if (news.type === "subscribed") this.call("subscribed");
    else this.call(news.type, news.member.userInfo);
  }

  /** @internal Removes all listeners. */
  _clear(): void {
    for (const name of Array.from(this.listeners.keys())) this.remove(name);
  }

  private wireName(event: string): string {
    return eventName(this.owner.namespace, event);
  }

  private addPresence(name: string, callback: Callback): this {
    if (kindOf(this.name) !== "presence") throw new TypeError(`${this.name} is not a presence channel: use \`echo.join\``);
    return this.add(name, callback);
  }

  private add(name: string, callback: Callback): this {
    if (typeof callback !== "function") throw new TypeError("expected a function as listener");
    this.owner.count(1);
    this.listeners.set(name, (this.listeners.get(name) || []).concat(callback));
    return this;
  }

  private remove(name: string, callback?: Callback): this {
    const before = this.listeners.get(name) || [];
    const rest = callback ? before.filter((own) => own !== callback) : [];
    this.owner.count(rest.length - before.length);
    if (rest.length) this.listeners.set(name, rest);
    else this.listeners.delete(name);
    return this;
  }

  private call(name: string, ...args: unknown[]): void {
    for (const callback of this.listeners.get(name) || []) callback(...args);
  }
}

/** Keeps the names of events apart from those of news. */
const EVENT = "event ";
