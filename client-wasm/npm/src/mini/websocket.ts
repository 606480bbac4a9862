/** The `WebSocket` of the standard over the sockets of the host, for code that is written against that of browsers. */

import { sizeOf } from "../machine/size.js";
import { SocketEventTarget } from "./event-target.js";
import { host } from "./host.js";
import type { HostClose } from "./host-api.js";
import { HostSocket } from "./host-socket.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;

/** A host that never calls back fails after this many milliseconds. */
const CONNECT_LIMIT = 60_000;

/** The characters of a sub-protocol (RFC 6455, 4.1). */
const TOKEN = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Mini-programs have no `DOMException`. */
const exception = (name: string, message: string) => Object.assign(new Error(message), { name });

/** Returns the URL as it is opened: of an `http` URL, the WebSocket one. */
function checkUrl(given: string): string {
  const url = String(given).replace(/^http/i, "ws");
  if (!/^wss?:\/\/[^/?#]/i.test(url) || /[#\s]/.test(url)) {
    throw exception("SyntaxError", `"${given}" is not the URL of a WebSocket: it begins with ws:// or wss:// and has no fragment`);
  }
  return url;
}

function checkProtocols(given: string | readonly string[]): string[] {
  const protocols = ([] as string[]).concat(given as string[]).map(String);
  protocols.forEach((protocol, at) => {
    if (!TOKEN.test(protocol) || protocols.indexOf(protocol) !== at) {
      throw exception("SyntaxError", `"${protocol}" is not a sub-protocol, or is given twice`);
    }
  });
  return protocols;
}

/** Returns the code as a number; Douyin gives a text, and Alipay nothing, which is 1005: "no status". */
const closeCode = (code: unknown) => (Number(code) >= 1000 && Number(code) < 5000 ? Number(code) : 1005);

export class WebSocket extends SocketEventTarget {
  static readonly CONNECTING = CONNECTING;
  static readonly OPEN = OPEN;
  static readonly CLOSING = CLOSING;
  static readonly CLOSED = CLOSED;
  declare readonly CONNECTING: number;
  declare readonly OPEN: number;
  declare readonly CLOSING: number;
  declare readonly CLOSED: number;

  onopen: ((event: any) => void) | null = null;
  onmessage: ((event: any) => void) | null = null;
  onclose: ((event: any) => void) | null = null;
  onerror: ((event: any) => void) | null = null;

  readonly url: string;
  readonly extensions = "";
  private _protocol = "";
  private _state = CONNECTING;
  private _socket: HostSocket;
  private _isOurClose = false;
  /** Bytes given to `send` after the end, which are never sent. */
  private _discarded = 0;
  private _limit: any;

  constructor(url: string, protocols: string | readonly string[] = []) {
    super();
    this.url = checkUrl(url);
    const wanted = checkProtocols(protocols);
    // Throws if there is no host.
    this._socket = new HostSocket(
      host(),
      this.url,
      { protocols: wanted.length ? wanted : undefined },
      {
        opened: (header) => this._open(header),
        received: (data) => this._dispatch("message", { data, origin: this.url.replace(/^(\w+:\/\/[^/?]*).*/, "$1") }),
        closed: (end) => this._close(end),
        failed: (error) => this._fail(error),
      },
    );
    this._limit = setTimeout(() => this._fail(new Error("the host did not open the connection in time")), CONNECT_LIMIT);
  }

  get readyState(): number {
    return this._state;
  }

  /** The sub-protocol that the server has chosen, if the host tells the response's headers; else "". */
  get protocol(): string {
    return this._protocol;
  }

  /** "arraybuffer": there is no `Blob`. Other values are ignored. */
  get binaryType(): string {
    return "arraybuffer";
  }
  set binaryType(_type: string) {}

  /** The bytes that the host has not confirmed yet. Stays 0 on a host that confirms none. */
  get bufferedAmount(): number {
    return this._discarded + this._socket.bufferedAmount();
  }

  send(data: string | ArrayBuffer | ArrayBufferView): void {
    if (this._state === CONNECTING) throw exception("InvalidStateError", "the WebSocket is not open yet: send in or after its open event");
    const isBytes = ArrayBuffer.isView(data) || Object.prototype.toString.call(data) === "[object ArrayBuffer]";
    const frame = isBytes ? data : String(data);
    if (this._state === OPEN) this._socket.send(frame);
    else this._discarded += sizeOf(frame);
  }

  /** Closes the connection. `reason` has at most 123 bytes. */
  close(code?: number, reason = ""): void {
    if (code !== undefined && code !== 1000 && !(code >= 3000 && code <= 4999)) {
      throw exception("InvalidAccessError", `the close code ${code} is neither 1000 nor from 3000 to 4999`);
    }
    if (sizeOf(reason) > 123) throw exception("SyntaxError", "the close reason is longer than 123 bytes");
    if (this._state > OPEN) return;
    const wasConnecting = this._state === CONNECTING;
    this._state = CLOSING;
    this._isOurClose = !wasConnecting;
    // As in browsers, a connection that was never open has an error.
    if (wasConnecting) {
      this._socket.drop();
      void Promise.resolve().then(() => this._end(new Error("the WebSocket was closed before it was open"), { code: 1006 }));
    } else {
      this._socket.close(code, reason);
    }
  }

  private _open(header: Record<string, unknown>): void {
    clearTimeout(this._limit);
    this._state = OPEN;
    for (const name of Object.keys(header)) if (name.toLowerCase() === "sec-websocket-protocol") this._protocol = String(header[name]);
    this._dispatch("open");
  }

  private _fail(error: Error): void {
    this._socket.drop();
    this._end(error, { code: 1006 });
  }

  /** The code 1000 with "interrupted" is no normal end: WeChat ends sockets so in the background. */
  private _close({ code, reason: given }: HostClose): void {
    const reason = typeof given === "string" ? given : "";
    const isCut = /interrupted/.test(reason) && !this._isOurClose;
    if (this._state === CONNECTING) this._end(new Error("the connection was closed before it was open"), { code: 1006, reason });
    else this._end(undefined, { code: isCut ? 1006 : closeCode(code), reason });
  }

  /** Ends with an error, if there is one, and the close event. */
  private _end(error: Error | undefined, { code, reason = "" }: { code: number; reason?: string }): void {
    if (this._state === CLOSED) return;
    clearTimeout(this._limit);
    this._state = CLOSED;
    if (error) this._dispatch("error", { error, message: error.message });
    this._dispatch("close", { code, reason, wasClean: code !== 1006 });
  }
}

Object.assign(WebSocket.prototype, { CONNECTING, OPEN, CLOSING, CLOSED });
