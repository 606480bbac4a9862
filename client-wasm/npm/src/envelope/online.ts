/** The presence message of egg-socket.io's peer-to-peer example: the clients of a room, and who joined or left. */

import { actionOf, type Extra, object, others, withExtra } from "./fields.js";

/** The clients in a presence message. Servers send a list of ids, or an object keyed by id. */
export class Clients {
  /** The socket ids, in the order of the message. */
  readonly ids: string[];

  constructor(private readonly listed: string[] | Extra = []) {
    this.ids = Array.isArray(listed) ? listed : Object.keys(listed);
  }

  /** The number of clients. */
  get size(): number {
    return this.ids.length;
  }

  /** Returns whether the id is listed. */
  has(id: string): boolean {
    return this.ids.indexOf(id) >= 0;
  }

  /** Returns the details of a client, often its handshake query; `undefined` if the message has a list of ids, or `null` for the client. */
  detail(id: string): unknown {
    const { listed } = this;
    const detail = !Array.isArray(listed) && this.has(id) ? listed[id] : undefined;
    return detail === null ? undefined : detail;
  }

  /** Returns the clients in the form of the message. */
  toJSON(): string[] | Extra {
    return this.listed;
  }
}

/** The action of a presence message. */
export type Presence = "join" | "leave" | (string & {});

/**
 * The argument of the event `online`, which is not an envelope.
 *
 * Servers differ in whether `clients` includes the client that joined or left. With the Redis adapter, a new client is listed; without it, a
 * new client is missing and does not receive its own message; some servers only list the earlier members. The list is not corrected.
 */
export interface Online {
  /** The clients; empty if the message has no list. */
  clients: Clients;
  /** `join`, `leave`, or another action of the server. */
  action: Presence;
  /** The receivers: `participator` in the example. */
  target?: string;
  /** A readable sentence: `User(<id>) joined.` */
  message?: string;
  /** All other fields. */
  extra: Extra;
}

/**
 * Reads a presence message.
 *
 * @throws TypeError that names the wrong field
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

/** Returns a presence message for the wire. */
export function writeOnline({ clients, action, target, message, extra }: Online): Extra {
  const written: Extra = { clients: clients.toJSON(), action };
  if (target !== undefined) written["target"] = target;
  if (message !== undefined) written["message"] = message;
  return withExtra(written, extra);
}

const TEXTS = ["target", "message"] as const;
const isText = (name: string) => TEXTS.indexOf(name as "target") >= 0;

/** Skips `null` in a list: a client that the server could not name. */
function readClients(value: unknown): Clients {
  if (value == null) return new Clients();
  if (!Array.isArray(value)) return new Clients(object(value, "`clients`, a list of ids or an object keyed by id"));
  const ids = value.filter((id) => id !== null);
  if (ids.some((id) => typeof id !== "string")) throw new TypeError("an id in `clients` is not a string");
  return new Clients(ids);
}
