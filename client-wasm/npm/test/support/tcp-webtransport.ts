/** A global `WebTransport` whose sessions are connections of TCP to `server-testbed/peers/webtransport.js`. Node has no QUIC. */

import { once } from "node:events";
import { createRequire } from "node:module";
import { connect, type Socket } from "node:net";
import { join } from "node:path";

const { streamOf } = createRequire(import.meta.url)(join(process.cwd(), "../../server-testbed/peers/socket-stream.js"));

/** The sessions of one server, and what a test makes of them. */
export interface Sessions {
  /** The URL and the options of each session that was asked for. */
  readonly asked: { url: string; options: unknown }[];
  readonly sockets: Socket[];
  /** Sessions are asked for and never open, as in a network without UDP. */
  hangs: boolean;
  remove(): void;
}

/** Puts the class in place. Every session goes to this port. */
export function installWebTransport(port: string | number): Sessions {
  const sessions: Sessions = { asked: [], sockets: [], hangs: false, remove: () => void delete (globalThis as any).WebTransport };
  (globalThis as any).WebTransport = class {
    readonly ready: Promise<unknown>;
    readonly closed: Promise<unknown>;
    private _socket: Socket | undefined;
    private _end: (() => void) | undefined;

    constructor(url: string, options: unknown) {
      sessions.asked.push({ url, options });
      if (sessions.hangs) {
        this.ready = new Promise(() => {});
        this.closed = new Promise((resolve) => {
          this._end = () => resolve(undefined);
        });
        return;
      }
      const socket = connect({ port: Number(port), host: "127.0.0.1", allowHalfOpen: true });
      sessions.sockets.push(socket);
      this._socket = socket;
      this.ready = once(socket, "connect");
      this.closed = new Promise((resolve, reject) => {
        socket.once("error", reject);
        socket.once("close", () => resolve({ closeCode: 0 }));
      });
      this.ready.catch(() => {});
    }

    async createBidirectionalStream() {
      return streamOf(this._socket as Socket);
    }

    close() {
      if (this._end) this._end();
      if (this._socket) this._socket.end();
    }
  };
  return sessions;
}
