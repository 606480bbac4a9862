/**
 * The channels of a client: when each is subscribed to, and the news from each. The rules are those of the crate `tidewire-core::echo`,
 * and the vectors are the same.
 */

import { type Member, Members, type News, readMember, readMembers } from "./members.js";
import { kindOf } from "./names.js";

/** A subscription whose headers are awaited. */
export interface Ticket {
  readonly channel: string;
  readonly number: number;
}

/** Not subscribed, or the number of the ticket whose headers are awaited, or the server has the subscription. */
type State = "idle" | number | "sent";

/** The most channels. */
const LIMIT = 10_000;

export class Channels {
  private isConnected = false;
  /** The number of the next ticket. */
  private next = 0;
  private readonly joined = new Map<string, { state: State; members: Members }>();

  /** The channels that the client has joined, sorted by name. */
  get names(): string[] {
    return Array.from(this.joined.keys()).sort();
  }

  /** The members of a channel, sorted by their ids; none if the client has not joined it. */
  members(channel: string): Member[] {
    const joined = this.joined.get(channel);
    return joined ? joined.members.list : [];
  }

  has(channel: string): boolean {
    return this.joined.has(channel);
  }

  /** Joins a channel. Returns a ticket if the subscription is to be sent now. Throws if the client has 10,000 channels already. */
  subscribe(channel: string): Ticket | undefined {
    if (!this.has(channel)) {
      if (this.joined.size >= LIMIT) throw new Error("10,000 channels are joined already: leave some of them first");
      this.joined.set(channel, { state: "idle", members: new Members() });
    }
    const joined = this.joined.get(channel);
    return this.isConnected && joined && joined.state === "idle" ? this.ask(channel) : undefined;
  }

  /** Leaves a channel. Returns whether the server has to be told. */
  leave(channel: string): boolean {
    const joined = this.joined.get(channel);
    this.joined.delete(channel);
    return !!joined && joined.state === "sent";
  }

  /** The headers of a ticket are there. Returns whether the subscription is still to be sent, which the caller does at once. */
  send(ticket: Ticket): boolean {
    return this.settle(ticket, "sent");
  }

  /** The headers of a ticket have failed. Returns whether the subscription still waited for them. */
  fail(ticket: Ticket): boolean {
    return this.settle(ticket, "idle");
  }

  /** The client has connected: returns a ticket for each channel, sorted by name. */
  handleConnected(): Ticket[] {
    this.isConnected = true;
    return this.names.map((channel) => this.ask(channel));
  }

  /** The connection is lost: forgets the members, and takes back the tickets. */
  handleDisconnected(): void {
    this.isConnected = false;
    this.joined.forEach((joined) => {
      joined.state = "idle";
      joined.members.clear();
    });
  }

  /**
   * Takes an event of the server by its name and arguments. Returns the news of a channel that the client has joined; events of the
   * application are none. Throws a `TypeError` if the data is of another type than the event's.
   */
  handleEvent(event: string, channel: string, data: unknown): News | undefined {
    const joined = this.joined.get(channel);
    const news = joined && newsOf(event, kindOf(channel) === "presence", data);
    if (joined && news) {
      if (news.type === "refused") joined.state = "idle";
      joined.members.apply(news);
    }
    return news;
  }

  private ask(channel: string): Ticket {
    const number = this.next++;
    const joined = this.joined.get(channel);
    if (joined) joined.state = number;
    return { channel, number };
  }

  private settle({ channel, number }: Ticket, state: State): boolean {
    const joined = this.joined.get(channel);
    if (!joined || joined.state !== number) return false;
    joined.state = state;
    return true;
  }
}

function newsOf(event: string, isPresence: boolean, data: unknown): News | undefined {
  if (event === "subscription_error") return { type: "refused", status: readStatus(data) };
  if (!isPresence) return undefined;
  if (event === "presence:subscribed") return { type: "here", members: readMembers(data) };
  if (event === "presence:joining") return { type: "joining", member: readMember(data) };
  return event === "presence:leaving" ? { type: "leaving", member: readMember(data) } : undefined;
}

function readStatus(data: unknown): number {
  if (Number.isInteger(data) && (data as number) >= 0 && (data as number) <= 0xffff) return data as number;
  throw new TypeError("expected a status, a number from 0 to 65,535");
}
