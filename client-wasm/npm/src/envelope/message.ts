/** The message envelope: creates it like egg-socket.io's helper, reads it with all its extra fields, and writes it again. */

import { actionOf, type Extra, object, others, withExtra } from "./fields.js";
import { type Action, BROADCAST, DENY, EXCHANGE } from "./names.js";

/** The metadata of a message. All fields are optional. */
export interface Metadata {
  /** When it was sent, in milliseconds since 1970. */
  timestamp?: number;
  /** The application of the signature (mobile-sdk). */
  app?: string;
  /** The signature of `app` and `timestamp` (mobile-sdk): see {@link sign}. */
  sign?: string;
  /** The socket id of the sender. */
  client?: string;
  /** The socket id of the receiver. */
  target?: string;
  /** The identity of the client across reconnects. mobile-sdk delivers to a target only under the user id of that target. */
  userId?: string;
}

/** The metadata of a created message: a timestamp, overridden by the given metadata. */
export type Stamped<M> = Omit<{ timestamp: number }, keyof M> & M;

/** A message on the wire: the only argument of an event. */
export interface Message<T = unknown, M = Extra> {
  data: { action: Action; payload: T };
  meta: M;
}

/**
 * Creates a message, like the helper of egg-socket.io's examples.
 *
 * @param payload anything that can be emitted; `{}` if not given, while `null` stays `null`
 * @param metadata overrides `{ timestamp: Date.now() }`
 * @example
 * socket.emit("requestMessage", parseMsg("ask", "how are you?", { target: "/ptop#b" }));
 */
export function parseMsg<T = {}, M extends object = {}>(action: Action, payload: T = {} as T, metadata: M | null = {} as M): Message<T, Stamped<M>> {
  return { data: { action, payload }, meta: { timestamp: Date.now(), ...metadata } as unknown as Stamped<M> };
}

/** Creates a message with the action `exchange`: from peer to peer. */
export const parseExchangeMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(EXCHANGE, payload, metadata);

/** Creates a message with the action `deny`: the server then disconnects the client. */
export const parseDenyMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(DENY, payload, metadata);

/** Creates a message with the action `broadcast`: to all clients. */
export const parseBroadcastMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(BROADCAST, payload, metadata);

/** The metadata of a message that was read. A known field with an unexpected type is kept in `extra`. */
export interface Meta extends Metadata {
  /** All other fields. */
  extra: Extra;
}

/** A message that was read. */
export interface Envelope<T = unknown> {
  /** The action and its payload; `extra` has all other fields. */
  data: { action: Action; payload: T; extra: Extra };
  /** Timestamp, sender and receiver. */
  meta: Meta;
  /** The fields other than `data` and `meta`. */
  extra: Extra;
}

/**
 * Reads a message. The order of the fields does not matter; `payload` (then `{}`) and `meta` may be missing; unknown fields are kept.
 *
 * The payload is not checked: the caller vouches for `T`.
 *
 * @param value an argument of an event
 * @throws TypeError that names the wrong field, if the value is not an object with a string in `data.action`
 * @example
 * socket.on(socket.id, (value) => {
 *   const { data, meta } = readEnvelope<{ msg: string }>(value);
 *   if (data.action === EXCHANGE) show(meta.client, data.payload.msg);
 * });
 */
export function readEnvelope<T = unknown>(value: unknown): Envelope<T> {
  const fields = object(value, "a message envelope");
  const data = object(fields["data"], "`data`");
  const { payload } = data;
  return {
    data: {
      action: actionOf(data),
      payload: (payload === undefined ? {} : payload) as T,
      extra: others(data, (name) => name === "action" || name === "payload"),
    },
    meta: readMeta(fields["meta"]),
    extra: others(fields, (name) => name === "data" || name === "meta"),
  };
}

/** Returns a message for the wire, with all its fields. A field in `extra` with the name of a known field is not written. */
export function writeEnvelope<T>({ data, meta, extra }: Envelope<T>): Message<T> {
  const { action, payload } = data;
  const known: Extra = {};
  for (const name of KNOWN) if (meta[name] !== undefined) known[name] = meta[name];
  return withExtra({ data: withExtra({ action, payload }, data.extra), meta: withExtra(known, meta.extra) }, extra);
}

const KNOWN = ["timestamp", "app", "sign", "client", "target", "userId"] as const;

function readMeta(value: unknown): Meta {
  const fields = value == null ? {} : object(value, "`meta`");
  const isKnown = (name: string) => KNOWN.indexOf(name as keyof Metadata) >= 0 && isExpected(name, fields[name]);
  const meta: Meta = { extra: others(fields, isKnown) };
  for (const name of KNOWN) if (isKnown(name)) (meta as unknown as Extra)[name] = fields[name];
  return meta;
}

/** Returns whether a known field has its type: an integer of milliseconds, or a string. */
const isExpected = (name: string, value: unknown) =>
  name === "timestamp" ? Number.isSafeInteger(value) && (value as number) >= 0 : typeof value === "string";
