/** A task over the one socket of a host whose events are global (JD, Alipay without `multiple`). */

import type { ConnectOptions, HostApi, HostClose, HostMessage, HostOpen, SocketTask } from "./host-api.js";

/** The next socket may open this many milliseconds after the one before was closed, if the host does not report its end. */
const RELEASE = 3000;

interface Listeners {
  open: (event: HostOpen | undefined) => void;
  message: (event: HostMessage) => void;
  close: (event: HostClose | undefined) => void;
  error: (event: unknown) => void;
}

const nothing = () => {};

/** The one socket of a host. Its events carry no number, so a socket opens only after the end of the one before. */
interface Place {
  api: HostApi;
  current: GlobalTask | undefined;
  waiting: GlobalTask | undefined;
  /** The last task that ended before it was open: its end was told, or the host has ignored that we closed it. */
  unopened: GlobalTask | undefined;
}

const places: Place[] = [];

/** Returns the place of a host; listens to its events at the first call, because few hosts can remove a listener. */
function placeOf(api: HostApi): Place {
  for (const place of places) if (place.api === api) return place;
  const place: Place = { api, current: undefined, waiting: undefined, unopened: undefined };
  places.push(place);
  const on = <T>(listen: ((listener: (event: T) => void) => unknown) | undefined, run: (task: GlobalTask, event: T) => void) => {
    if (listen) listen.call(api, (event: T) => place.current && run(place.current, event));
  };
  on<HostOpen | undefined>(api.onSocketOpen, (task, event) => task._opened(event));
  on<HostMessage>(api.onSocketMessage, (task, event) => task._on.message(event));
  on<HostClose | undefined>(api.onSocketClose, (task, event) => task._ended(() => task._on.close(event)));
  on<unknown>(api.onSocketError, (task, event) => task._ended(() => task._on.error(event)));
  if (api.onSocketOpen) api.onSocketOpen(() => place.current || closeUnopened(place));
  return place;
}

/** A socket has opened whose end was told before: by a late event of the one before it, which has no number either. */
function closeUnopened(place: Place): void {
  if (place.unopened) place.unopened._closeSocket();
  place.unopened = undefined;
}

export class GlobalTask implements SocketTask {
  _on: Listeners = { open: nothing, message: nothing, close: nothing, error: nothing };
  private _isOpen = false;
  /** Whether we have closed the socket, or its end was told: the place is free when the host says so, or after a while. */
  private _isClosing = false;
  /** Whether an event has told the end. */
  private _isEnded = false;
  private _place: Place;

  /** `isCalled`: `connectSocket` has been called for this task. Throws if another socket is open. */
  constructor(
    private _api: HostApi,
    private _options: ConnectOptions,
    isCalled: boolean,
  ) {
    const place = (this._place = placeOf(_api));
    const { current } = place;
    if (!current || isCalled) {
      place.current = this;
      if (!isCalled) this._connect();
    } else if (current._isClosing && !place.waiting) {
      place.waiting = this;
    } else {
      throw new Error("this host has one socket at a time: close the one that is open first");
    }
  }

  send(options: Parameters<SocketTask["send"]>[0]): unknown {
    return (this._api.sendSocketMessage as SocketTask["send"])(options);
  }

  close(options: Parameters<SocketTask["close"]>[0]): unknown {
    const place = this._place;
    if (place.waiting === this) {
      place.waiting = undefined;
      return this._on.close({});
    }
    if (place.current !== this || this._isEnded) return undefined;
    if (!this._isClosing) setTimeout(() => this._giveUp(), RELEASE);
    this._isClosing = true;
    return (this._api.closeSocket as SocketTask["close"])(options);
  }

  onOpen(listener: Listeners["open"]): void {
    this._on.open = listener;
  }
  onMessage(listener: Listeners["message"]): void {
    this._on.message = listener;
  }
  onClose(listener: Listeners["close"]): void {
    this._on.close = listener;
  }
  onError(listener: Listeners["error"]): void {
    this._on.error = listener;
  }

  _opened(event: HostOpen | undefined): void {
    // The event that told its end was one of the socket before.
    if (this._isEnded) {
      this._closeSocket();
      return;
    }
    this._isOpen = true;
    this._on.open(event);
  }

  /** The host has called `fail`. Once the socket is open this tells nothing: it still has the place. */
  _failed(error: unknown): void {
    if (!this._isOpen) this._release(() => this._options.fail(error));
  }

  /** An event has told the end. It may be a late one of the socket before, so the host must close this one, if there is one to close. */
  _ended(tell: () => void): void {
    if (this._isClosing) {
      this._release(tell);
      return;
    }
    this._isClosing = this._isEnded = true;
    if (!this._isOpen) this._place.unopened = this;
    setTimeout(() => this._release(nothing), RELEASE);
    tell();
    this._closeSocket();
  }

  /** Closes the socket of the host, whose task this was. The place is free at once if there is none. */
  _closeSocket(): void {
    try {
      (this._api.closeSocket as SocketTask["close"])({ code: 1000, reason: "", success: nothing, fail: () => this._release(nothing) });
    } catch {
      this._release(nothing);
    }
  }

  /** The host has not reported that the socket is closed. One that was connecting may still open. */
  private _giveUp(): void {
    const place = this._place;
    if (place.current === this && !this._isOpen) place.unopened = this;
    this._release(nothing);
  }

  /** Frees the place, tells the end, and opens the socket that waits. */
  private _release(tell: () => void): void {
    const place = this._place;
    if (place.current !== this) return;
    const next = place.waiting;
    place.current = next;
    place.waiting = undefined;
    tell();
    if (next) next._connect();
  }

  private _connect(): void {
    const fail = (error: unknown) => this._failed(error);
    try {
      (this._api.connectSocket as (options: ConnectOptions) => unknown)(Object.assign({}, this._options, { fail }));
    } catch (error) {
      fail(error);
    }
  }
}
