/** `EventTarget` and the events of a WebSocket, which mini-programs lack. */

import { guard } from "../platform.js";

/** An event; those of a message and of a close have more fields. */
export interface SocketEvent {
  readonly type: string;
  readonly target: unknown;
  readonly currentTarget: unknown;
  readonly data?: any;
  readonly origin?: string;
  readonly code?: number;
  readonly reason?: string;
  readonly wasClean?: boolean;
  readonly error?: unknown;
  readonly message?: string;
}

type Listener = ((event: any) => void) | { handleEvent(event: any): void };
type Options = boolean | { once?: boolean } | null;

interface Entry {
  type: string;
  listener: Listener;
  isOnce: boolean;
}

export class SocketEventTarget {
  private _entries: Entry[] = [];

  addEventListener(type: string, listener: Listener | null, options?: Options): void {
    if (!listener || this._entries.some((entry) => entry.type === type && entry.listener === listener)) return;
    this._entries.push({ type, listener, isOnce: !!options && typeof options === "object" && !!options.once });
  }

  removeEventListener(type: string, listener: Listener | null): void {
    this._entries = this._entries.filter((entry) => entry.type !== type || entry.listener !== listener);
  }

  /** Calls the listeners in the order in which they were added, the `on…` property first. */
  dispatchEvent(event: { readonly type: string }): boolean {
    const handler = (this as any)["on" + event.type];
    if (typeof handler === "function") guard(() => handler.call(this, event));
    for (const entry of this._entries.slice()) {
      const { type, listener, isOnce } = entry;
      if (type !== event.type || this._entries.indexOf(entry) < 0) continue;
      if (isOnce) this.removeEventListener(type, listener);
      guard(() => (typeof listener === "function" ? listener.call(this, event) : listener.handleEvent(event)));
    }
    return true;
  }

  protected _dispatch(type: string, fields: Partial<SocketEvent> = {}): void {
    this.dispatchEvent(Object.assign({ type, target: this, currentTarget: this }, fields));
  }
}
