/** The message itself: made as egg's helper makes it, read whatever its author has added, written again. */

import { actionOf, type Extra, object, others, withExtra } from "./fields.js";
import { type Action, BROADCAST, DENY, EXCHANGE } from "./names.js";

/** What is known about a message: nothing in it is required. */
export interface Metadata {
  /** When it was sent, in milliseconds since 1970. */
  timestamp?: number;
  /** The application the signature is for (mobile-sdk). */
  app?: string;
  /** The signature of `app` and `timestamp` (mobile-sdk): see {@link sign}. */
  sign?: string;
  /** The socket id of the sender. */
  client?: string;
  /** The socket id of the receiver. */
  target?: string;
  /** Who the client is across reconnects. mobile-sdk delivers to a target only under the user id of that target. */
  userId?: string;
}

/** The metadata of a message that was made: the time, and what was given, which counts more. */
export type Stamped<M> = Omit<{ timestamp: number }, keyof M> & M;

/** A message as it goes over the wire, the one argument of an event. */
export interface Message<T = unknown, M = Extra> {
  data: { action: Action; payload: T };
  meta: M;
}

/**
 * Makes a message, as the helper of egg-socket.io's examples does.
 *
 * @param payload anything that can be emitted; `{}` when none is given, while `null` stays `null`
 * @param metadata goes over `{ timestamp: Date.now() }`, so that a timestamp in it counts more
 * @example
 * socket.emit("requestMessage", parseMsg("ask", "how are you?", { target: "/ptop#b" }));
 */
export function parseMsg<T = {}, M extends object = {}>(action: Action, payload: T = {} as T, metadata: M | null = {} as M): Message<T, Stamped<M>> {
  return { data: { action, payload }, meta: { timestamp: Date.now(), ...metadata } as unknown as Stamped<M> };
}

/** {@link parseMsg} with `exchange`: a message from peer to peer. */
export const parseExchangeMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(EXCHANGE, payload, metadata);

/** {@link parseMsg} with `deny`: the last word of a server to a client. */
export const parseDenyMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(DENY, payload, metadata);

/** {@link parseMsg} with `broadcast`: a message for everybody. */
export const parseBroadcastMsg = <T = {}, M extends object = {}>(payload?: T, metadata?: M | null) => parseMsg(BROADCAST, payload, metadata);

/** The metadata of a message that was read: a known field of an unexpected type is among `extra`, as it was written. */
export interface Meta extends Metadata {
  /** Every other field. */
  extra: Extra;
}

/** A message that was read. */
export interface Envelope<T = unknown> {
  /** What the message asks for and with what; `extra` are the fields beside these. */
  data: { action: Action; payload: T; extra: Extra };
  /** When, from whom, for whom. */
  meta: Meta;
  /** The fields beside `data` and `meta`. */
  extra: Extra;
}

/**
 * Reads what a server sends as a message: fields in any order, without `payload` (it is then `{}`), without `meta`, with unknown fields.
 *
 * The payload is whatever it is: that it is a `T` is the caller's word.
 *
 * @param value an argument of an event
 * @throws TypeError that names the field at fault, if it is not an object with a text in `data.action`
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

/** A message as it goes over the wire again, with all that was in it; a name in `extra` that is taken is not written. */
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

/** Whether a known field has its type: whole milliseconds or text. */
const isExpected = (name: string, value: unknown) =>
  name === "timestamp" ? Number.isSafeInteger(value) && (value as number) >= 0 : typeof value === "string";
