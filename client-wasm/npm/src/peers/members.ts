/** The other clients of a room. The rules are those of the crate `tidewire-core::peers`, and the vectors are the same. */

import type { Online } from "../envelope/online.js";

/** A change of the members: a client came in, or left. */
export interface Change {
  type: "join" | "leave";
  id: string;
}

/** The most members. Further ones are ignored. */
const LIMIT = 100_000;

export class Members {
  /** By id, with the details that the server gave of each. */
  private readonly details = new Map<string, unknown>();

  /** The ids, sorted. */
  get ids(): string[] {
    return Array.from(this.details.keys()).sort();
  }

  has(id: string): boolean {
    return this.details.has(id);
  }

  /** Returns the details that the server gave of a member, often the query of its handshake. */
  detail(id: string): unknown {
    return this.details.get(id);
  }

  /** Takes an `online` message. `own` is the socket id of this client. */
  apply(own: string, online: Online): Change[] {
    const subject = subjectOf(online);
    if (online.action === "join") return this.join(own, subject, online);
    return online.action === "leave" && this.details.delete(subject) ? [{ type: "leave", id: subject }] : [];
  }

  /** Forgets all members, because the connection is lost. */
  clear(): void {
    this.details.clear();
  }

  private join(own: string, joiner: string, online: Online): Change[] {
    const listed = new Set(online.clients.ids);
    const changes: Change[] = [];
    // A list with the joiner is complete. Others have the earlier members only, or those that the server could find.
    if (joiner && listed.has(joiner)) {
      for (const id of this.ids) {
        if (!listed.has(id) && this.details.delete(id)) changes.push({ type: "leave", id });
      }
    }
    for (const id of Array.from(listed).sort().concat(joiner)) {
      if (id && id !== own && this.add(id, online)) changes.push({ type: "join", id });
    }
    return changes;
  }

  /** Adds a client, or notes its newer details. Returns whether it is new. */
  private add(id: string, { clients }: Online): boolean {
    const { details } = this;
    const known = details.has(id);
    if (!known && details.size >= LIMIT) return false;
    const detail = clients.detail(id);
    details.set(id, detail === undefined ? details.get(id) : detail);
    return !known;
  }
}

/** The id in the sentence `User(<id>) joined.`, or an empty string. */
function subjectOf({ message = "" }: Online): string {
  const end = message.lastIndexOf(")");
  return message.startsWith("User(") && end > 0 ? message.slice("User(".length, end) : "";
}
