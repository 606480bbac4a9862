/**
 * Messages of programs without a socket: through mobile-sdk's HTTP route, and through Redis. The rules are those of the crate
 * `tidewire-core::bridge`, and the vectors are the same.
 */

import { object } from "../envelope/fields.js";

/** The path of mobile-sdk's route. */
export const TRANSPORT_MESSAGE = "/api/transportMessage";

/** A message for {@link transportMessage}. */
export interface TransportMessage {
  /** The application. */
  app: string;
  /** The ids of the receiver. The server does not deliver under another user id. */
  target: { socketId: string; userId: string };
  /** The message, an object. */
  message: object;
  /** The signature of `app` and `timestamp`, or a function that makes it. */
  sign: string | ((request: { app: string; timestamp: number }) => string | Promise<string>);
  /** The time in milliseconds since 1970. Default: now. */
  timestamp?: number;
}

/** The part of a response that is read. */
interface Response {
  status: number;
  text(): Promise<string>;
}

/** Options of {@link transportMessage}. */
export interface TransportOptions {
  /** Sends the request. Default: the global `fetch`. */
  fetch?: (url: string, init: { method: string; headers: Record<string, string>; body: string }) => Promise<Response>;
}

/** The server has not delivered a message. */
export class TransportRefusal extends Error {
  constructor(
    /** The status of the response: 500 for a receiver that the server does not know, 422 for a body of another form. */
    readonly status: number,
    /** The text of the server. */
    readonly reason: string,
  ) {
    super(`the server has not delivered the message (status ${status}): ${reason}`);
    this.name = "TransportRefusal";
  }
}

/**
 * Sends a message to a client of a mobile-sdk server, which gets an `exchange` whose payload is the JSON of the message, as a text.
 *
 * `server` is the origin: `https://example.com`. The promise is rejected with a {@link TransportRefusal} if the server does not deliver
 * the message, with a `TypeError` if a field has another type, and with the error of `sign` or `fetch`.
 */
export async function transportMessage(server: string, message: TransportMessage, options: TransportOptions = {}): Promise<void> {
  const { app, sign, timestamp = Date.now() } = message;
  const signature = typeof sign === "function" ? await sign({ app, timestamp }) : sign;
  const body = transportBody({ ...message, timestamp, sign: signature });
  const send = options.fetch || fetch;
  const headers = { "Content-Type": "application/json", Accept: "application/json" };
  const response = await send(server.replace(/\/+$/, "") + TRANSPORT_MESSAGE, { method: "POST", headers, body });
  const refusal = readTransportResponse(response.status, await response.text());
  if (refusal) throw refusal;
}

/** Returns the body of the request as JSON. Throws a `TypeError` for a field of another type, to which the server answers 422. */
export function transportBody({ timestamp, app, target, sign, message }: TransportMessage): string {
  const { socketId, userId } = object(target, "`target`");
  const texts = { app, "target.socketId": socketId, "target.userId": userId, sign };
  for (const [name, value] of Object.entries(texts)) if (typeof value !== "string") throw new TypeError(`expected \`${name}\`, a string`);
  if (!Number.isSafeInteger(timestamp)) throw new TypeError("expected `timestamp`, a whole number");
  object(message, "`message`");
  return JSON.stringify({ timestamp, app, target: socketId, userId, sign, message });
}

/** Reads the response of the route. Returns the refusal; `undefined` if the server has delivered the message. */
export function readTransportResponse(status: number, body: string): TransportRefusal | undefined {
  const { success = false, message } = parsed(body);
  if (typeof success !== "boolean" || typeof message !== "string") return new TransportRefusal(status, Array.from(body).slice(0, EXCERPT).join(""));
  return success && status >= 200 && status < 300 ? undefined : new TransportRefusal(status, message);
}

/** The most characters of a text that is not JSON. */
const EXCERPT = 200;

function parsed(body: string): { success?: unknown; message?: unknown } {
  try {
    return JSON.parse(body) || {};
  } catch {
    return {};
  }
}

/**
 * Returns the text of `PUBLISH channel text` in Redis, for the bridge of PHP programs.
 *
 * `socket` is the id of a socket to skip, as the header `X-Socket-ID` of a request says.
 */
export function publication(event: string, data: unknown, socket?: string): string {
  return JSON.stringify({ event, data: data === undefined ? null : data, socket });
}

/** Returns the name under which the bridge emits an event of a channel of Redis. */
export const bridgedEvent = (channel: string, event: string): string => `${channel}:${event}`;
