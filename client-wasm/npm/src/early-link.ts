/** The first link of a connection whose code is still loading. Its events wait for the connection. */

import { TransportError, type TransportEvents, type TransportHandle } from "./transport.js";

/** How many events wait at most. A server of 4.x sends one until it is answered, then a ping every 25 s; more end the link. */
const MOST = 1000;

type Event = (on: TransportEvents) => void;

export class EarlyLink implements TransportEvents {
  _handle: TransportHandle | undefined;
  private _waiting: Event[] = [];
  private _on: TransportEvents | undefined;

  /** `query` is the machine's part of the URL. */
  constructor(readonly _query: string) {}

  /** Gives the link to the connection, and then the events that have waited. */
  _adopt(on: TransportEvents): TransportHandle {
    const give = () => {
      this._on = on;
      for (const event of this._waiting) event(on);
    };
    if (this._waiting.length) void Promise.resolve().then(give);
    else give();
    return this._handle as TransportHandle;
  }

  opened(): void {
    this._tell((on) => on.opened());
  }

  received(data: string | ArrayBuffer | Uint8Array, type?: string): void {
    this._tell((on) => on.received(data, type));
  }

  lost(error: Error | undefined, details?: unknown): void {
    this._tell((on) => on.lost(error, details));
  }

  private _tell(event: Event): void {
    if (this._on) {
      event(this._on);
    } else if (this._waiting.push(event) > MOST) {
      (this._handle as TransportHandle).close();
      this._waiting = [(on) => on.lost(new TransportError("websocket error", new Error("too many packets before the client was loaded")))];
    }
  }
}
