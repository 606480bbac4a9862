/** One WebSocket of the host: reports each fact once, and nothing of a socket that is dead. */

import { sizeOf } from "../machine/size.js";
import { guard } from "../platform.js";
import type { Binding } from "./bindings.js";
import { checkTask, connect, isPromise } from "./connect.js";
import type { HostClose, HostOpen, SocketTask } from "./host-api.js";
import { type HostError, hostError } from "./host-error.js";
import { incoming, outgoing } from "./message.js";

export interface SocketEvents {
  opened(header: Record<string, unknown>): void;
  received(data: string | ArrayBuffer): void;
  /** The socket is closed, by whichever side. */
  closed(end: HostClose): void;
  /** The socket has failed and is closed. */
  failed(error: HostError): void;
}

export interface SocketSettings {
  protocols?: string[] | undefined;
  header?: Record<string, string> | undefined;
}

const IGNORED: SocketEvents = { opened() {}, received() {}, closed() {}, failed() {} };

/** A host that does not report the end of a socket that we close ends it after this many milliseconds. */
const CLOSE_LIMIT = 3000;

const nothing = () => {};

/** The sockets that are not dead, and those of them that were there when the application was hidden. */
const living = new Set<HostSocket>();
let hidden: HostSocket[] = [];

/** The application is hidden. */
export function socketsHidden(): void {
  hidden = [...living];
}

/**
 * A host told that some socket is closed, and not which: WeChat on iOS does so after the background, in place of the task's own event. If only
 * one of the sockets from before still lives, it is that one.
 */
export function closeReported(end: HostClose): void {
  const [socket, another] = hidden.filter((socket) => living.has(socket));
  if (socket && !another) socket._onClose(end);
}

export class HostSocket {
  state: "connecting" | "open" | "closing" | "dead" = "connecting";
  private _task: SocketTask | undefined;
  /** Bytes in frames that the host has not confirmed. */
  private _unsent = 0;
  /** Whether the host confirms frames at all. */
  private _confirms = false;
  /** Whether we call the host: events that it reports meanwhile wait, because the caller does not expect them yet. */
  private _isCalling = false;
  /** The events that wait, in their order. Later ones wait behind them. */
  private _waiting: ((on: SocketEvents) => void)[] = [];

  /** Does not throw: a host that does is a failure. */
  constructor(
    private _binding: Binding,
    private _url: string,
    { protocols, header }: SocketSettings,
    private _on: SocketEvents,
  ) {
    const options = { url: _url, header, headers: header, protocols, success: nothing, fail: (error: unknown) => this._onFail(error) };
    living.add(this);
    this._call(() => {
      const result = connect(_binding, _binding.multiple ? Object.assign(options, { multiple: true }) : options);
      if (isPromise(result)) result.then((task) => this._bind(checkTask(task))).then(undefined, (error) => this._fail(error));
      else this._bind(result);
    });
  }

  /** Returns the bytes that the host has not confirmed yet; 0 if it never confirms any. */
  bufferedAmount(): number {
    return this._confirms ? this._unsent : 0;
  }

  /** Sends a text, a buffer or a view. A frame that the host does not take ends the socket: the next one would follow a gap. */
  send(data: unknown): void {
    const task = this._task;
    if (this.state !== "open" || !task) return;
    const size = sizeOf(data);
    let isCounted = true;
    const confirm = () => {
      if (isCounted) this._unsent -= size;
      isCounted = false;
      this._confirms = true;
    };
    const fail = (error: unknown) => this._fail(error);
    this._unsent += size;
    this._call(() => {
      const result = task.send(Object.assign(outgoing(data, this._binding.base64), { success: confirm, fail }));
      if (isPromise(result)) result.then(confirm, fail);
    });
  }

  /** Closes the socket; `closed` follows, also from a host that does not report it. */
  close(code?: number, reason?: string): void {
    if (this.state === "closing" || this.state === "dead") return;
    this.state = "closing";
    setTimeout(() => this._onClose({ code: 1006 }), CLOSE_LIMIT);
    this._closeTask(code, reason);
  }

  /** Closes the socket and reports nothing more. */
  drop(): void {
    this._on = IGNORED;
    this._closeTask();
    this._die();
  }

  _onClose(end: HostClose): void {
    if (this._die()) this._tell((on) => on.closed(end));
  }

  private _bind(task: SocketTask): void {
    this._task = task;
    task.onOpen((event) => this._onOpen(event));
    task.onMessage((message) => {
      // The open event of some hosts comes late.
      if (this.state === "connecting") this._onOpen(undefined);
      if (this.state !== "open") return;
      const data = incoming(message);
      if (data === undefined) this._fail(new Error("the host delivered a message that is neither text nor bytes"));
      else this._tell((on) => on.received(data));
    });
    task.onClose((end) => this._onClose(end || {}));
    task.onError((error) => this._fail(error));
    // It was closed before the host had a task.
    if (this.state !== "connecting") this._closeTask();
  }

  private _onOpen(event: HostOpen | undefined): void {
    if (this.state === "connecting") {
      this.state = "open";
      this._tell((on) => on.opened((event && event.header) || {}));
    } else if (this.state !== "open") {
      // A host may ignore that a socket is closed while it connects.
      this._closeTask();
    }
  }

  /** `fail` of `connectSocket`: after the socket was open it tells nothing, because an error or a close follows. */
  private _onFail(error: unknown): void {
    if (this.state !== "open") this._fail(error);
  }

  private _fail(error: unknown): void {
    const isOurClose = this.state === "closing";
    if (!this._die()) return;
    this._closeTask();
    this._tell((on) => (isOurClose ? on.closed({}) : on.failed(hostError(error, "socket", this._url))));
  }

  /** Returns whether the socket was alive. */
  private _die(): boolean {
    const wasAlive = this.state !== "dead";
    this.state = "dead";
    living.delete(this);
    return wasAlive;
  }

  private _closeTask(code = 1000, reason = ""): void {
    const task = this._task;
    if (!task) return;
    // A host that does not close a socket which is connecting opens it, and `_onOpen` closes it.
    this._call(() => {
      const result = task.close({ code, reason, success: nothing, fail: nothing });
      if (isPromise(result)) result.then(nothing, nothing);
    }, nothing);
  }

  /** Calls the host. An error that it throws ends the socket, unless `failed` takes it. */
  private _call(run: () => void, failed = (error: unknown) => this._fail(error)): void {
    const wasCalling = this._isCalling;
    this._isCalling = true;
    try {
      run();
    } catch (error) {
      failed(error);
    }
    this._isCalling = wasCalling;
  }

  private _tell(event: (on: SocketEvents) => void): void {
    if (!this._isCalling && !this._waiting.length) event(this._on);
    else if (this._waiting.push(event) === 1) void Promise.resolve().then(() => this._tellWaiting());
  }

  /** An event leaves the line after it was told: what the host reports meanwhile follows it. */
  private _tellWaiting(): void {
    for (const event of this._waiting) guard(() => event(this._on));
    this._waiting = [];
  }
}
