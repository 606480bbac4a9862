/** The transports of browsers: `WebSocket`, `XMLHttpRequest` and `fetch`. */

import { bytesOf } from "./binary.js";
import { systemClock } from "./clock.js";
import type { TransportOptions } from "./options.js";
import { requestError, TransportError, type TransportEvents, type TransportHandle } from "./transport.js";

const isReactNative = () => typeof navigator !== "undefined" && (navigator.product || "").toLowerCase() === "reactnative";

/** Listens to a WebSocket of the platform or of the package `ws`. */
export function listen(socket: WebSocket, on: TransportEvents, opened?: () => void): void {
  socket.onopen = () => {
    if (opened) opened();
    on.opened();
  };
  socket.onmessage = ({ data }) => on.received(data);
  socket.onclose = (context) => on.lost(undefined, { description: "websocket connection closed", context });
  socket.onerror = (event) => on.lost(new TransportError("websocket error", event));
}

/** Sends data, or a copy of data that the platform rejects: shared memory, and memory that can grow. */
export function sendData(socket: WebSocket, data: any): void {
  try {
    socket.send(data);
  } catch {
    socket.send(bytesOf(data).slice());
  }
}

/** Closes a WebSocket, `later` once it is open or after a second, and removes its listeners. */
export function closeSilently(socket: WebSocket, later?: boolean): void {
  const close = () => socket.close();
  socket.onopen = socket.onmessage = socket.onclose = null;
  // `ws` throws errors without a listener, such as that of closing too early.
  socket.onerror = () => {};
  if (later) {
    socket.onopen = close;
    // A pending connection delays the next one to its server.
    setTimeout(close, 1000);
  } else {
    close();
  }
}

/** A WebSocket of the platform. */
class WebSocketTransport implements TransportHandle {
  private _socket: WebSocket;

  get name() {
    return "websocket";
  }

  constructor(uri: string, opts: TransportOptions, on: TransportEvents) {
    const { protocols, extraHeaders } = opts;
    const Platform = WebSocket as any;
    const socket: WebSocket = isReactNative()
      ? new Platform(uri, protocols, extraHeaders ? { headers: extraHeaders } : {})
      : protocols
        ? new Platform(uri, protocols)
        : new Platform(uri);
    socket.binaryType = "arraybuffer";
    listen(socket, on);
    this._socket = socket;
  }

  send(data: any) {
    const socket = this._socket;
    // A closing socket drops frames; its `close` event follows.
    if (socket.readyState === 1) sendData(socket, data);
  }

  bufferedAmount() {
    return this._socket.bufferedAmount;
  }

  close() {
    const { readyState, url } = this._socket;
    // Pages warn of a connection that is closed before it is open, such as by a component that is unmounted at once. One for an upgrade would
    // be rejected by the server, which closes its session: pages report that, too.
    closeSilently(this._socket, typeof document === "object" && !readyState && !/[?&]sid=/.test(url));
  }
}

export { WebSocketTransport as WebSocket };

/** A request by `XMLHttpRequest`: a POST if there is a body, else a GET. */
export class XHR implements TransportHandle {
  private _xhr: XMLHttpRequest;

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: TransportOptions, on: TransportEvents, body?: string) {
    const xhr = (this._xhr = new XMLHttpRequest());
    xhr.open(body === undefined ? "GET" : "POST", uri, true);
    const headers: Record<string, string> = Object.assign({}, opts.extraHeaders);
    if (body !== undefined) headers["Content-type"] = "text/plain;charset=UTF-8";
    headers["Accept"] = "*/*";
    Object.keys(headers).forEach((name) => xhr.setRequestHeader(name, headers[name] as string));
    xhr.withCredentials = !!opts.withCredentials;
    xhr.timeout = opts.requestTimeout || 0;
    if (opts._supportsBinary) xhr.responseType = "arraybuffer";
    xhr.onreadystatechange = () => {
      if (xhr.readyState !== 4) return;
      if (xhr.status === 200) on.received(opts._supportsBinary ? xhr.response || "" : xhr.responseText, xhr.getResponseHeader("content-type") || "");
      else on.lost(requestError("xhr", body, xhr.status, xhr));
    };
    xhr.send(body);
  }

  close() {
    this._xhr.onreadystatechange = null;
    this._xhr.abort();
  }
}

/** A request by `fetch`: a POST if there is a body, else a GET. */
export class Fetch implements TransportHandle {
  private _abort = typeof AbortController === "function" ? new AbortController() : undefined;

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: TransportOptions, on: TransportEvents, body?: string) {
    const { cookieJar, requestTimeout } = opts;
    const fail = (description: unknown, response?: Response) => {
      if (!this._isClosed) on.lost(requestError("fetch", body, description, response));
    };
    const start = () => {
      const headers = new Headers(opts.extraHeaders);
      if (body !== undefined) headers.set("content-type", "text/plain;charset=UTF-8");
      if (cookieJar) for (const cookie of cookieJar.cookies()) headers.append("cookie", cookie);
      return fetch(uri, {
        method: body === undefined ? "GET" : "POST",
        body: body === undefined ? null : body,
        headers,
        credentials: opts.withCredentials ? "include" : "omit",
        signal: this._abort ? this._abort.signal : null,
      });
    };
    if (requestTimeout) {
      const clock = systemClock(opts.useNativeTimers);
      const timer = clock.setTimeout(() => fail(0), requestTimeout);
      this._clear = () => clock.clearTimeout(timer);
    }
    // `start` may throw.
    Promise.resolve()
      .then(start)
      .then((response) => {
        if (cookieJar) cookieJar.read((response.headers as any).getSetCookie());
        if (!response.ok) return fail(response.status, response);
        const type = response.headers.get("content-type") || "";
        return response.arrayBuffer().then((bytes) => {
          this._clear();
          if (!this._isClosed) on.received(bytes, type);
        });
      })
      .catch(fail);
  }

  private _isClosed: boolean | undefined;
  /** Clears the time limit. */
  private _clear = () => {};

  close() {
    this._isClosed = true;
    this._clear();
    if (this._abort) this._abort.abort();
  }
}
