/** WebSockets in Node: its own `WebSocket`, or the package `ws` for headers, cookies, agents, TLS options and compression. */

import type { TransportOptions } from "../options.js";
import { MAX_PONGS, type TransportEvents, type TransportHandle } from "../transport.js";
import { closeSilently, listen, sendData } from "../web-transports.js";
import { maskedFrame } from "./frame.js";
import { tls } from "./requests.js";

/** Returns the exports of `ws`, if it is installed. */
export const optional: { ws?: (() => any) | undefined } = {};

/** Options of `ws` beside the TLS options. */
const WS_OPTIONS = ["localAddress", "protocolVersion", "origin", "maxPayload", "family", "checkServerIdentity"] as const;

/** Limit of one batched write, in bytes. */
const MAX_BATCH = 65_536;

/** A frame of this size in bytes is written at once: it costs more to hold it back than a system call. */
const LARGE = 16_384;

/** The original function: Jest replaces it together with the timers, and no batch would be written before they advance. */
const { nextTick } = process;

export class NodeWebSocket implements TransportHandle {
  private _socket: any;
  private _isCorked = false;
  /** Whether `ws` writes each frame at once. It reads a `Blob` first, and frames wait behind it. */
  private _isInOrder = true;

  get name() {
    return "websocket";
  }

  constructor(uri: string, opts: TransportOptions, on: TransportEvents) {
    const socket = createSocket(uri, opts);
    listen(socket, on, () => {
      // In quotes, so that `scripts/mangle.mjs` does not rename the property of `ws`.
      if (opts.autoUnref && socket["_socket"]) socket["_socket"].unref();
    });
    if (socket.on) boundPongs(socket);
    this._socket = socket;
  }

  send(data: unknown, compress?: boolean): void {
    const socket = this._socket;
    if (socket.readyState !== 1) return;
    if (socket.binaryType === "nodebuffer") {
      const stream = socket["_socket"];
      const { length, byteLength = length } = data as Uint8Array;
      if (byteLength === undefined) this._isInOrder = false;
      if (byteLength < LARGE) {
        socket.send(data, { compress });
        this._cork(stream);
      } else {
        this._uncork(stream);
        // Frames wait for their compression, too, if there is any.
        if (this._isInOrder && stream && socket.extensions === "") stream.write(maskedFrame(data as Uint8Array));
        else socket.send(data, { compress });
      }
    } else {
      sendData(socket, data);
    }
  }

  /** Batches the frames of this turn into few writes: a system call costs more than everything else for a small event. */
  private _cork(stream: any): void {
    if (!stream || !stream.cork) return;
    if (this._isCorked) {
      if (stream.writableLength < MAX_BATCH) return;
      stream.uncork();
    } else {
      this._isCorked = true;
      nextTick(() => this._uncork(stream));
    }
    stream.cork();
  }

  private _uncork(stream: any): void {
    if (!this._isCorked) return;
    this._isCorked = false;
    stream.uncork();
  }

  bufferedAmount(): number {
    return this._socket.bufferedAmount;
  }

  close(): void {
    closeSilently(this._socket);
  }
}

/** Ends a connection of `ws`, which answers each ping, if its server pings on and does not read the pongs. */
function boundPongs(socket: any): void {
  let pongs = 0;
  socket.on("ping", () => {
    pongs = socket.bufferedAmount ? pongs + 1 : 0;
    if (pongs > MAX_PONGS) socket.terminate();
  });
}

const loadWs = () => optional.ws && optional.ws();

function createSocket(uri: string, opts: TransportOptions): any {
  const { cookieJar, extraHeaders, perMessageDeflate } = opts;
  const own: Record<string, unknown> = tls(opts);
  for (const name of WS_OPTIONS) if ((opts as any)[name] !== undefined) own[name] = (opts as any)[name];
  // The default does not need `ws`.
  if (own["rejectUnauthorized"] === true) delete own["rejectUnauthorized"];
  const cookies = cookieJar ? cookieJar.cookies() : [];
  const isPlain = !extraHeaders && !cookies.length && !Object.keys(own).length;
  const Platform = (globalThis as any).WebSocket;
  // A test library that imitates a page (jsdom, happy-dom) puts a WebSocket of its own in place of the one of Node.
  const isImitation = typeof document === "object";
  if (isPlain && Platform && !(isImitation && loadWs())) {
    const socket = opts.protocols ? new Platform(uri, opts.protocols) : new Platform(uri);
    socket.binaryType = "arraybuffer";
    return socket;
  }
  const ws = loadWs();
  if (!ws) throw missing(Platform ? "with these options" : "in this version of Node");
  const headers: Record<string, unknown> = { ...extraHeaders };
  if (cookies.length) headers["cookie"] = ([] as unknown[]).concat(headers["cookie"] || [], cookies).join("; ");
  return new ws.WebSocket(uri, opts.protocols, { ...own, headers, perMessageDeflate });
}

let hasWarned = false;

/** Returns the error of a missing `ws`. Says it once on the console, because a connection that stays on polling has no other sign of it. */
function missing(where: string): Error {
  const text = `WebSockets ${where} need the package \`ws\`: npm install ws (and bundle it, if this program is one file)`;
  if (!hasWarned) console.warn(text);
  hasWarned = true;
  return new Error(text);
}
