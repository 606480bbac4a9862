/** WebSockets in Node: its own where that serves, and the package `ws` for headers, cookies, agents, TLS and compression. */

import { type Carried, type CarrierEvents, type CarrierOptions, hush, listen, pass } from "../carriers.js";
import { tls } from "./requests.js";

/** What `ws` exports, if it is installed. */
export const optional: { ws?: (() => any) | undefined } = {};

/** Options that only `ws` knows, besides those of TLS. */
const OWN = ["localAddress", "protocolVersion", "origin", "maxPayload", "family", "checkServerIdentity"] as const;

/** How many bytes are kept back for one write: more would only fill memory. */
const BATCH = 65_536;

export class NodeWebSocket implements Carried {
  private _socket: any;
  private _isCorked = false;

  get name() {
    return "websocket";
  }

  constructor(uri: string, opts: CarrierOptions, on: CarrierEvents) {
    try {
      const socket = made(uri, opts);
      listen(socket, on, () => {
        // By a name in quotes, which stays as it is: it is not ours.
        if (opts.autoUnref && socket["_socket"]) socket["_socket"].unref();
      });
      this._socket = socket;
    } catch (error) {
      setTimeout(() => on.lost(error as Error));
    }
  }

  send(data: unknown, compress?: boolean): void {
    const socket = this._socket;
    if (!socket || socket.readyState !== 1) return;
    if (socket.binaryType === "nodebuffer") {
      socket.send(data, { compress });
      this._cork(socket["_socket"]);
    } else {
      pass(socket, data);
    }
  }

  /** What follows in this turn goes to the system in few writes: each costs more than all else that is done for a small event. */
  private _cork(stream: any): void {
    if (!stream || !stream.cork) return;
    if (this._isCorked) {
      if (stream.writableLength < BATCH) return;
      stream.uncork();
    } else {
      this._isCorked = true;
      process.nextTick(() => {
        this._isCorked = false;
        stream.uncork();
      });
    }
    stream.cork();
  }

  waiting(): number {
    return this._socket ? this._socket.bufferedAmount : 0;
  }

  close(): void {
    if (this._socket) hush(this._socket);
  }
}

function made(uri: string, opts: CarrierOptions): any {
  const { cookieJar, extraHeaders, perMessageDeflate } = opts;
  const own: Record<string, unknown> = tls(opts);
  for (const name of OWN) if ((opts as any)[name] !== undefined) own[name] = (opts as any)[name];
  // The defaults ask for nothing.
  if (own["rejectUnauthorized"] === true) delete own["rejectUnauthorized"];
  const cookies = cookieJar ? cookieJar.cookies() : [];
  const isPlain = !extraHeaders && !cookies.length && !Object.keys(own).length;
  const Platform = (globalThis as any).WebSocket;
  if (isPlain && Platform) {
    const socket = opts.protocols ? new Platform(uri, opts.protocols) : new Platform(uri);
    socket.binaryType = "arraybuffer";
    return socket;
  }
  const ws = optional.ws && optional.ws();
  if (!ws) throw new Error(`WebSockets ${Platform ? "with these options" : "in this version of Node"} need the package \`ws\``);
  const headers: Record<string, unknown> = { ...extraHeaders };
  if (cookies.length) headers["cookie"] = ([] as unknown[]).concat(headers["cookie"] || [], cookies).join("; ");
  return new ws.WebSocket(uri, opts.protocols, { ...own, headers, perMessageDeflate });
}
