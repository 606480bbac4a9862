/** The contract of a transport: one full-duplex link or one HTTP request, and its events. */

import type { TransportOptions } from "./options.js";

/** The error of a transport, as engine.io-client reports it. */
export class TransportError extends Error {
  readonly type = "TransportError";
  constructor(
    reason: string,
    /** An HTTP status, an event, or an error. */
    readonly description: unknown,
    /** The request. */
    readonly context?: unknown,
  ) {
    super(reason);
  }
}

/** The error of a request: a GET, or a POST if there is a body. */
export const requestError = (by: "xhr" | "fetch", body: string | undefined, description: unknown, context?: unknown) =>
  new TransportError(
    `${by} ${by === "xhr" ? (body === undefined ? "poll" : "post") : body === undefined ? "read" : "write"} error`,
    description,
    context,
  );

/** Pongs that may wait to be sent: a server that pings waits for each, so only one that floods and does not read gets there. */
export const MAX_PONGS = 1e3;

/** A class of transports; each instance is one socket or one request. Its prototype has the `name`. */
export interface TransportConstructor {
  new (uri: string, opts: TransportOptions, on: TransportEvents, body?: string): TransportHandle;
  prototype: { readonly name: string };
}

/** An open socket or a pending request. It reports nothing during construction, which may throw, and nothing after `close`. */
export interface TransportHandle {
  /** Returns the number of bytes that the platform has not sent yet. */
  bufferedAmount?(): number;
  /** Sends a frame; requests do not have it. */
  send?(data: unknown, compress?: boolean): void;
  close(): void;
}

export interface TransportEvents {
  opened(): void;
  /** A frame of a WebSocket, or the body of an HTTP response. Bytes whose content type is given are UTF-8 unless it is `octet-stream`. */
  received(data: string | ArrayBuffer | Uint8Array, type?: string): void;
  /** An error, or the close of a WebSocket. */
  lost(error: Error | undefined, details?: unknown): void;
}
