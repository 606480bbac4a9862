/** The users in a presence channel. The rules are those of the crate `tidewire-core::echo`, and the vectors are the same. */

/** A user in a presence channel. */
export interface Member<T = unknown> {
  /** The id that Laravel gives, a number as text. */
  userId: string;
  /** The data that Laravel gives; `null` without any. */
  userInfo: T;
  /** The id of the user's last socket, if the server tells it. */
  socketId?: string;
}

/** News of a channel. */
export type News =
  | { type: "here"; members: Member[] }
  | { type: "joining" | "leaving"; member: Member }
  /** The server refuses the subscription, with the status of Laravel's response. */
  | { type: "refused"; status: number };

/** The most members. Further ones are ignored. */
const LIMIT = 100_000;

/** Reads a member; numbers and texts of the same digits are one id. Returns `undefined` for anything else. */
function memberOf(value: any): Member | undefined {
  const { user_id: id, user_info: info, socketId } = value || {};
  if (typeof id !== "string" && typeof id !== "number") return undefined;
  const member: Member = { userId: String(id), userInfo: info === undefined ? null : info };
  if (typeof socketId === "string") member.socketId = socketId;
  return member;
}

/** Reads a member. Throws a `TypeError` if it is none. */
export function readMember(value: unknown): Member {
  const member = memberOf(value);
  if (!member) throw new TypeError("expected a member with `user_id`, a text or a number");
  return member;
}

/** Reads a list of members, in its order. Ignores entries that are not members, and further ones of the same user. */
export function readMembers(value: unknown): Member[] {
  if (!Array.isArray(value)) throw new TypeError("expected a list of members");
  const found = new Map<string, Member>();
  for (const entry of value) {
    const member = memberOf(entry);
    if (member && !found.has(member.userId) && found.size < LIMIT) found.set(member.userId, member);
  }
  return Array.from(found.values());
}

/** The users in a channel, one for each user id. */
export class Members {
  private readonly byId = new Map<string, Member>();

  /** The members, sorted by their ids as text. */
  get list(): Member[] {
    return Array.from(this.byId.keys())
      .sort()
      .map((id) => this.byId.get(id) as Member);
  }

  apply(news: News): void {
    if (news.type === "joining") this.add(news.member);
    else if (news.type === "leaving") this.byId.delete(news.member.userId);
    else this.clear();
    if (news.type === "here") news.members.forEach(this.add, this);
  }

  clear(): void {
    this.byId.clear();
  }

  private add(member: Member): void {
    if (this.byId.size < LIMIT || this.byId.has(member.userId)) this.byId.set(member.userId, member);
  }
}
