/** What carries packets: WebSockets, and requests by `XMLHttpRequest` or `fetch`. Each object is one socket or one request. */

import { bytesOf } from "./bodies.js";
import type { EngineOptions } from "./options.js";

/** An error of a transport's, as engine.io-client has it. */
export class TransportError extends Error {
  readonly type = "TransportError";
  constructor(
    reason: string,
    /** A status of HTTP, an event, or an error. */
    readonly description: unknown,
    /** The request. */
    readonly context?: unknown,
  ) {
    super(reason);
  }
}

/** A kind of socket or request, and the options for one. `name` stands in its prototype. */
export interface Carrier {
  new (uri: string, opts: CarrierOptions, on: CarrierEvents, body?: string): Carried;
  prototype: { readonly name: string };
}

export interface CarrierOptions extends EngineOptions {
  /** Node: what keeps cookies between requests. */
  cookieJar?: CookieJar | undefined;
  /** A body of bytes may come: Engine.IO 3 sends such. */
  octets?: boolean;
}

export interface CookieJar {
  read(headers: string[] | undefined): void;
  /** `name=value` of all. */
  cookies(): string[];
}

/** A socket or a request that is on its way. It tells nothing more once it is closed, and nothing while it is made. */
export interface Carried {
  /** Bytes that the platform has not passed on yet. */
  waiting?(): number;
  send?(data: unknown, compress?: boolean): void;
  close(): void;
}

export interface CarrierEvents {
  opened(): void;
  /** A packet, or the body of an answer. */
  heard(data: string | ArrayBuffer | Uint8Array): void;
  /** An error, or (a socket's) the end. */
  lost(error: Error | undefined, details?: unknown): void;
}

const hasOwn = Object.prototype.hasOwnProperty;

const isReactNative = () => typeof navigator !== "undefined" && (navigator.product || "").toLowerCase() === "reactnative";

/** Listens to a WebSocket of the platform's, or of the package `ws`. */
export function listen(socket: globalThis.WebSocket, on: CarrierEvents, opened?: () => void): void {
  socket.onopen = () => {
    if (opened) opened();
    on.opened();
  };
  socket.onmessage = ({ data }) => on.heard(data);
  socket.onclose = (context) => on.lost(undefined, { description: "websocket connection closed", context });
  socket.onerror = (event) => on.lost(new TransportError("websocket error", event));
}

/** Sends what the platform takes, and a copy of what it refuses: shared memory, and memory that can grow. */
export function pass(socket: globalThis.WebSocket, data: any): void {
  try {
    socket.send(data);
  } catch {
    socket.send(bytesOf(data).slice());
  }
}

export function hush(socket: globalThis.WebSocket): void {
  socket.onopen = socket.onmessage = socket.onclose = null;
  // `ws` throws an error that nobody hears, such as that of closing too early.
  socket.onerror = () => {};
  socket.close();
}

/** The platform's WebSocket. */
export class WebSocket implements Carried {
  private _socket: globalThis.WebSocket | undefined;

  get name() {
    return "websocket";
  }

  constructor(uri: string, opts: CarrierOptions, on: CarrierEvents) {
    const { protocols, extraHeaders } = opts;
    const Platform = globalThis.WebSocket as any;
    try {
      const socket: globalThis.WebSocket = isReactNative()
        ? new Platform(uri, protocols, extraHeaders ? { headers: extraHeaders } : {})
        : protocols
          ? new Platform(uri, protocols)
          : new Platform(uri);
      socket.binaryType = "arraybuffer";
      listen(socket, on);
      this._socket = socket;
    } catch (error) {
      setTimeout(() => on.lost(error as Error));
    }
  }

  send(data: any) {
    const socket = this._socket;
    // One that is on its way out drops what it is given, which will be heard of soon enough.
    if (socket && socket.readyState === 1) pass(socket, data);
  }

  waiting() {
    return this._socket ? this._socket.bufferedAmount : 0;
  }

  close() {
    if (this._socket) hush(this._socket);
  }
}

/** A request by `XMLHttpRequest`: a POST if it has a body. */
export class XHR implements Carried {
  private _xhr: XMLHttpRequest;

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: CarrierOptions, on: CarrierEvents, body?: string) {
    const xhr = (this._xhr = new XMLHttpRequest());
    const fail = (why: unknown) => on.lost(new TransportError(`xhr ${body === undefined ? "poll" : "post"} error`, why, xhr));
    try {
      xhr.open(body === undefined ? "GET" : "POST", uri, true);
      const headers: Record<string, string> = Object.assign({}, opts.extraHeaders);
      if (body !== undefined) headers["Content-type"] = "text/plain;charset=UTF-8";
      headers["Accept"] = "*/*";
      for (const name in headers) if (hasOwn.call(headers, name)) xhr.setRequestHeader(name, headers[name] as string);
      xhr.withCredentials = !!opts.withCredentials;
      xhr.timeout = opts.requestTimeout || 0;
      if (opts.octets) xhr.responseType = "arraybuffer";
      xhr.onreadystatechange = () => {
        if (xhr.readyState !== 4) return;
        if (xhr.status === 200) on.heard(opts.octets ? textOrOctets(xhr.response, xhr.getResponseHeader("content-type")) : xhr.responseText);
        else fail(xhr.status);
      };
      xhr.send(body);
    } catch (error) {
      setTimeout(() => fail(error));
    }
  }

  close() {
    this._xhr.onreadystatechange = null;
    this._xhr.abort();
  }
}

/** A request by `fetch`. */
export class Fetch implements Carried {
  private _abort = new AbortController();

  get name() {
    return "polling";
  }

  constructor(uri: string, opts: CarrierOptions, on: CarrierEvents, body?: string) {
    const { signal } = this._abort;
    const { cookieJar, requestTimeout } = opts;
    const headers = new Headers(opts.extraHeaders);
    if (body !== undefined) headers.set("content-type", "text/plain;charset=UTF-8");
    if (cookieJar) for (const cookie of cookieJar.cookies()) headers.append("cookie", cookie);
    const fail = (why: unknown, answer?: Response) => {
      if (!signal.aborted || this._late) on.lost(new TransportError(`fetch ${body === undefined ? "read" : "write"} error`, why, answer));
    };
    if (requestTimeout) this._timer = setTimeout(() => this._abort.abort((this._late = true)), requestTimeout);
    fetch(uri, {
      method: body === undefined ? "GET" : "POST",
      body: body === undefined ? null : body,
      headers,
      credentials: opts.withCredentials ? "include" : "omit",
      signal,
    })
      .then((answer) => {
        if (cookieJar) cookieJar.read((answer.headers as any).getSetCookie());
        if (!answer.ok) return fail(answer.status, answer);
        const type = answer.headers.get("content-type");
        return answer.arrayBuffer().then((bytes) => {
          clearTimeout(this._timer);
          if (!signal.aborted) on.heard(textOrOctets(bytes, type));
        });
      })
      .catch(fail);
  }

  private _late = false;
  private _timer: any;

  close() {
    clearTimeout(this._timer);
    this._abort.abort();
  }
}

/** A body as what it is: Engine.IO 3 says so when it sends bytes. */
export const textOrOctets = (bytes: ArrayBuffer, type: string | null | undefined) =>
  /octet-stream/.test(type || "") ? bytes : new TextDecoder().decode(bytes);

/** Not carried yet: a name for lists of transports, in which it is passed over. */
export class WebTransport {
  get name() {
    return "webtransport";
  }
}
