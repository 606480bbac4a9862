/** The presence message of egg-socket.io's peer-to-peer example: who is in the room, who came, who left. */

import { actionOf, type Extra, object, others, withExtra } from "./fields.js";

/** The clients of a presence message: servers send a list of ids, or an object keyed by id. */
export class Clients {
  /** The socket ids, in the server's order. */
  readonly ids: string[];

  constructor(private readonly listed: string[] | Extra = []) {
    this.ids = Array.isArray(listed) ? listed : Object.keys(listed);
  }

  /** How many are listed. */
  get size(): number {
    return this.ids.length;
  }

  /** Whether the id is listed. */
  has(id: string): boolean {
    return this.ids.indexOf(id) >= 0;
  }

  /** What the server knows about a client, often its handshake query; a list, or a value of `null`, says nothing. */
  detail(id: string): unknown {
    const { listed } = this;
    const detail = !Array.isArray(listed) && this.has(id) ? listed[id] : undefined;
    return detail === null ? undefined : detail;
  }

  /** As the server sent them. */
  toJSON(): string[] | Extra {
    return this.listed;
  }
}

/** What a presence message reports: somebody came, somebody left, or anything else a server may say. */
export type Presence = "join" | "leave" | (string & {});

/**
 * The argument of the event `online`, which is no envelope.
 *
 * Whether the one who joined or left is among `clients` differs between servers: with the Redis adapter a joiner is, without it a joiner
 * is missing and hears nothing about itself, and some servers list the earlier members only. The list is what the server says.
 */
export interface Online {
  /** Who is there; empty when the server gave no list. */
  clients: Clients;
  /** What happened. */
  action: Presence;
  /** Whom the message is for: `participator` in the example. */
  target?: string;
  /** A sentence for people: `User(<id>) joined.` */
  message?: string;
  /** Every other field. */
  extra: Extra;
}

/**
 * Reads a presence message.
 *
 * @throws TypeError that names the field at fault
 * @example
 * socket.on(ONLINE, (value) => show(readOnline(value).clients.ids));
 */
export function readOnline(value: unknown): Online {
  const fields = object(value, "an `online` message");
  const isKnown = (name: string) => name === "clients" || name === "action" || (isText(name) && typeof fields[name] === "string");
  const online: Online = { clients: readClients(fields["clients"]), action: actionOf(fields), extra: others(fields, isKnown) };
  for (const name of TEXTS) if (isKnown(name)) online[name] = fields[name] as string;
  return online;
}

/** A presence message as it goes over the wire again. */
export function writeOnline({ clients, action, target, message, extra }: Online): Extra {
  const written: Extra = { clients: clients.toJSON(), action };
  if (target !== undefined) written["target"] = target;
  if (message !== undefined) written["message"] = message;
  return withExtra(written, extra);
}

const TEXTS = ["target", "message"] as const;
const isText = (name: string) => TEXTS.indexOf(name as "target") >= 0;

/** A `null` in the list is a client the server could not name: it is left out. */
function readClients(value: unknown): Clients {
  if (value == null) return new Clients();
  if (!Array.isArray(value)) return new Clients(object(value, "`clients`, a list of ids or an object keyed by id"));
  const ids = value.filter((id) => id !== null);
  if (ids.some((id) => typeof id !== "string")) throw new TypeError("an id in `clients` is not a string");
  return new Clients(ids);
}
