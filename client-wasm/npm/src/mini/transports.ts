/** The transports of mini-programs: a socket task, and long-polling by `request`. */

import type { TransportOptions } from "../options.js";
import { requestError, TransportError, type TransportEvents, type TransportHandle } from "../transport.js";
import { isPromise } from "./connect.js";
import { keepCookies, withCookies } from "./cookie-store.js";
import { host } from "./host.js";
import type { HostResponse } from "./host-api.js";
import { hostError } from "./host-error.js";
import { HostSocket } from "./host-socket.js";

/** Hosts give up after 60 s or less; a poll lasts as long as the server's ping interval. Milliseconds. */
const POLL_TIMEOUT = 120_000;

/** A WebSocket of the host. */
export class MiniWebSocket implements TransportHandle {
  private _socket: HostSocket;

  get name() {
    return "websocket";
  }

  constructor(uri: string, { protocols, extraHeaders }: TransportOptions, on: TransportEvents) {
    const header = withCookies(uri, extraHeaders || {});
    this._socket = new HostSocket(
      host(),
      uri,
      { protocols: protocols ? ([] as string[]).concat(protocols) : undefined, header },
      {
        opened: () => on.opened(),
        received: (data) => on.received(data),
        closed: (context) => on.lost(undefined, { description: "websocket connection closed", context }),
        failed: (error) => on.lost(new TransportError("websocket error", error)),
      },
    );
  }

  send(data: unknown): void {
    this._socket.send(data);
  }

  bufferedAmount(): number {
    return this._socket.bufferedAmount();
  }

  close(): void {
    this._socket.drop();
  }
}

/** A request of the host: a POST if there is a body, else a GET. */
export class MiniPolling implements TransportHandle {
  private _isDone = false;
  private _isClosed = false;
  private _task: { abort?: () => unknown } | undefined;

  get name() {
    return "polling";
  }

  constructor(uri: string, { extraHeaders, requestTimeout }: TransportOptions, on: TransportEvents, body?: string) {
    const { api } = host();
    // Text only: some hosts have no bytes in responses. `b64` tells servers of Engine.IO 3.
    const url = /[?&]b64=/.test(uri) ? uri : uri + "&b64=1";
    const header = withCookies(uri, Object.assign(body === undefined ? {} : { "content-type": "text/plain;charset=UTF-8" }, extraHeaders));
    const end = (tell: () => void) => {
      if (this._isDone) return;
      this._isDone = true;
      // A host may call back while it is called, which the machine does not expect.
      if (isCalling) void Promise.resolve().then(() => this._isClosed || tell());
      else tell();
    };
    const lost = (description: unknown, context?: unknown) => end(() => on.lost(requestError("xhr", body, description, context)));
    const success = (response: HostResponse) => {
      const data = response ? response.data : undefined;
      const code = statusOf(response);
      if (response) keepCookies(uri, response);
      if (code !== 200) lost(code, response);
      // The answer to a POST tells nothing, and some hosts give none.
      else if (body !== undefined) end(() => on.received(""));
      else if (isBody(data)) end(() => on.received(data, typeof data === "string" ? undefined : "text/plain"));
      else lost(hostError("the host delivered a body that is not text", "request", uri), response);
    };
    // Alipay gives a response whose status is that of an error to `fail`.
    const fail = (error: any) => (statusOf(error) >= 400 ? success(error) : lost(hostError(error, "request", uri)));
    let isCalling = true;
    if (typeof api.request !== "function") throw new Error("the host has no `request`");
    const method = body === undefined ? "GET" : "POST";
    const timeout = requestTimeout || POLL_TIMEOUT;
    const task = api.request({ url, method, data: body, header, headers: header, dataType: "text", responseType: "text", timeout, success, fail });
    this._task = task as typeof this._task;
    // Its callbacks tell the end.
    if (isPromise(task)) task.then(undefined, () => {});
    isCalling = false;
  }

  close(): void {
    const task = this._task;
    this._isDone = this._isClosed = true;
    const result = task && typeof task.abort === "function" ? task.abort() : undefined;
    if (isPromise(result)) result.then(undefined, () => {});
  }
}

/** Returns the HTTP status; 0 if there is none. */
const statusOf = (response: HostResponse | undefined): number => Number(response && (response.statusCode || response.status)) || 0;

/** Returns whether a body is text, or the bytes of a text. */
const isBody = (data: unknown): data is string | ArrayBuffer =>
  typeof data === "string" || Object.prototype.toString.call(data) === "[object ArrayBuffer]";
