/** The listeners of all events that a socket receives, or of all that it sends. */

type Listener = (...args: any[]) => void;

export class AnyListeners {
  /** In the order in which they are called. */
  _all: Listener[] = [];

  /** Removes the first occurrence of a listener, or all listeners if none is given. */
  _remove(listener: Listener | undefined): void {
    const at = listener ? this._all.indexOf(listener) : -1;
    if (at >= 0) this._all.splice(at, 1);
    if (!listener) this._all = [];
  }

  _call(socket: unknown, event: unknown[]): void {
    if (this._all.length) for (const listener of this._all.slice()) listener.apply(socket, event);
  }
}
