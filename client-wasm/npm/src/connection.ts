/** The connection of a manager: takes its commands to the machine, and the machine's events to the manager and the engine. */

import { writeHeader } from "./canonical.js";
import type { ManagerLike, SocketLike } from "./connection-types.js";
import { Engine, type EngineHost } from "./engine.js";
import { EngineEvents } from "./engine-events.js";
import { Lane, type LaneHost } from "./lane.js";
import type { Delivery, EngineVersion, Hint, Host, Link, Machine, Misuse, Nsp, OutFrame, Payload, Target } from "./machine/contract.js";
import { Outgoing } from "./outgoing.js";
import { type Decoded, ParserAdapter } from "./parser.js";
import { guard, platform, watchers } from "./platform.js";
import type { InFrame } from "./polling-payload.js";
import { Session } from "./session.js";
import { selectTransports } from "./transport-selection.js";
import { type Frame, type WireHost, Wires } from "./wires.js";

/** Browsers close the connections of a frozen page and report that only after `resume`. Milliseconds in which such a loss is retried at once. */
const AFTER_RESUME = 5000;

export class Connection extends EngineEvents implements Host, EngineHost, WireHost, LaneHost {
  /** The adapter of a custom parser. */
  readonly _parser: ParserAdapter | undefined;
  readonly _session: Session;
  protected _machine: Machine;
  protected readonly _lane: Lane | undefined;
  private _wires = new Wires(this);
  /** Whether the error of missing transports is about to be told: the manager and its sockets connect in one turn. */
  private _isToldLack: boolean | undefined;
  /** When the page was last resumed or shown, in the machine's time. */
  private _resumedAt = -AFTER_RESUME;

  /** `_early` gives the engine of the first attempt, if its link is open already. */
  constructor(
    protected _manager: ManagerLike,
    private _early?: { _adopt(host: EngineHost): Engine },
  ) {
    super();
    const { parser } = _manager.opts;
    this._session = new Session(this, _manager);
    this._machine = this._session._machine;
    if (parser) this._parser = new ParserAdapter(parser, this._toBinaryType);
    if (platform.direct) this._lane = new Lane(this, this._session, _manager);
  }

  // ---- commands of the manager ----

  /** Connects, with every socket that is active. */
  _open(): void {
    if (this._lacksTransports()) return;
    this._createEngine();
    this._session._configure();
    for (const socket of this._sockets) if (socket.active) this._machine.connect(this._session._now(), socket._nsp);
    this._machine.open(this._session._now());
    this._settle();
  }

  _close(): void {
    const now = this._runTimers();
    const engine = this._engine;
    this._session._attempt = 0;
    this._ending.reason = "forced close";
    this._machine.close(now);
    if (!engine || engine.readyState !== "open") this.closed("forced close");
    this._settle();
    // A listener may have opened it again.
    if (!this._engine || this._engine.readyState === "closed") this._unwatch(true);
  }

  /** Returns the Engine.IO version of the server, or `undefined` while it is not known. */
  _version(): EngineVersion | undefined {
    return this._machine.engineVersion();
  }

  // ---- commands of sockets ----

  _connect(nsp: Nsp): void {
    if (this._lacksTransports()) return;
    this._applyEdits();
    this._session._configure();
    this._machine.connect(this._session._now(), nsp);
    this._settle();
  }

  _disconnect(nsp: Nsp): void {
    const now = this._runTimers();
    const engine = this._engine;
    if (!this._hasActiveSockets()) this._session._attempt = 0;
    this._machine.disconnect(now, nsp);
    if (engine && engine.readyState === "opening" && !this._hasActiveSockets()) this.closed("forced close");
    this._settle();
  }

  /** Returns the ack's id, or the reason of a refusal. The caller stores the ack, then calls `_settle`. */
  _emit(nsp: Nsp, outgoing: Outgoing, attachments: readonly unknown[], ack: number | undefined, delivery: Delivery): number | Misuse {
    this._applyEdits();
    // Congestion only matters for events that may be dropped.
    if (delivery === "volatile") {
      this._machine.handleHint(this._session._now(), this._wires._isCongested() || this._backlog() ? "congested" : "writable");
    }
    return this._machine.emit(this._session._now(), nsp, outgoing, attachments, ack, delivery);
  }

  /** Returns the WebSocket to which an event or ack of a socket can be written past the machine; 0 for none. */
  _directLink(socket: SocketLike, attachments: number, isAck: boolean): Link {
    if (!this._lane) return 0;
    if (!isAck) this._applyEdits();
    const link = this._lane._linkFor(socket, attachments);
    return link && (this._engine as Engine).transport.name === "websocket" ? link : 0;
  }

  /** Returns the id of the ack of an event that is written by `_sendDirect`, or the reason of a refusal. */
  _expect(nsp: Nsp, ackTimeout: number): number | Misuse {
    // Without a limit, the time does not matter.
    return this._machine.expect(ackTimeout < Infinity ? this._session._now() : 0, nsp, ackTimeout);
  }

  /** Writes an event or ack; the id is -1 for none. `encoded` is that of a custom parser. */
  _sendDirect(
    link: Link,
    isAck: boolean,
    nsp: string,
    id: number,
    text: string,
    attachments: readonly unknown[],
    compress: boolean,
    encoded: Outgoing | undefined,
  ): void {
    const frames = encoded
      ? (this._parser as ParserAdapter)._frames(encoded, this._lastVersion)
      : [{ binary: false, head: writeHeader(isAck ? 3 : 2, attachments.length, nsp, id) + text, payload: undefined as unknown }];
    for (const payload of attachments) frames.push({ binary: true, head: this._lastVersion === "eio3" ? "\x04" : "", payload });
    this._wires._sendDirect(link, frames, compress);
    this._session._turn++;
  }

  // ---- commands of the engine ----

  /** Ends the session as if the network had failed. */
  _abort(): void {
    this._ending.reason = "forced close";
    this._wires._abort();
  }

  _write(data: unknown, done?: () => void): void {
    this._wires._sendAll({ binary: typeof data !== "string", head: typeof data === "string" ? "4" : "", payload: data });
    if (done) this._notify(done);
    this._settle();
  }

  _backlog(): number {
    return this._machine.backlog();
  }

  // ---- actions of the machine ----

  open(link: Link, target: Target): void {
    if (target.sid) this._probes.set(link, (this._engine as Engine)._createTransport(target));
    this.get(link, target);
  }

  get(link: Link, target: Target): void {
    // The options of a later attempt may be wrong.
    this._wires._attempt(link, () => {
      if (target.sid || this._begin(link, target)) this._wires._start(link, target);
    });
  }

  post(link: Link, target: Target, frames: OutFrame[]): void {
    this._wires._post(link, target, frames);
  }

  send(link: Link, frame: OutFrame): void {
    this._wires._send(link, frame);
  }

  drop(link: Link): void {
    this._wires._drop(link);
  }

  // ---- events of the wires ----

  _beforeSend(payload: Payload): void {
    if (!(payload instanceof Outgoing) || payload._isAnnounced) return;
    payload._isAnnounced = true;
    const socket = this._manager.nsps[payload.nsp];
    if (socket) guard(() => socket._outgoing._call(socket, payload.data));
  }

  _wireOpened(link: Link): void {
    this._machine.handleOpened(this._session._now(), link);
    this._settle();
  }

  _wireReceived(engine: Engine, link: Link, frame: Frame): void {
    this._notifyFrame(engine, link, frame);
    this._applyEdits();
    const { _lane: lane, _parser: parser } = this;
    if (lane && !parser && lane._take(link, frame)) return;
    const version = this._version();
    if (version) this._lastVersion = version;
    const decoded: Decoded[] = parser ? parser._decode([frame], version) : [frame as InFrame];
    const [first] = decoded;
    // If a listener is called between two packets of a frame, the machine has not seen the second.
    if (lane && Array.isArray(first) && decoded.length < 2 && lane._take(link, first[0] + "[", first[1])) return;
    if (lane) lane._catchUp(link);
    const now = this._session._now();
    for (const packet of parser ? decoded.map(parser._frameOf) : decoded) this._machine.handlePacket(now, link, packet as Frame);
    this._settle();
  }

  _wireResponded(engine: Engine, link: Link, version: EngineVersion, frames: InFrame[]): void {
    for (const frame of frames) {
      if (frame === "1") this._ending.description = { description: "transport closed by the server" };
      else if (frame === undefined) this._ending.description = Object.assign(new Error("server error"), { code: "parser error" });
      if (frame !== undefined) this._notifyReceived(engine, frame);
    }
    this._applyEdits();
    if (frames.length) this._lastVersion = version;
    const { _lane: lane, _parser: parser } = this;
    const rest = parser
      ? parser._decode(frames, version).map(parser._frameOf)
      : lane
        ? lane._takeBody(link, version, frames, (packet) => this._notify(() => this._deliver(packet)))
        : frames;
    if (lane) lane._catchUp(link);
    this._machine.handleResponse(this._session._now(), link, version, rest);
    this._settle();
  }

  _wireLost(link: Link, error: Error | undefined, details: unknown): void {
    const refused = this._noteLoss(link, error, details);
    const now = this._session._now();
    this._machine.handleLost(now, link, refused ? "refused" : error ? "failed" : "closed");
    if (now - this._resumedAt < AFTER_RESUME) {
      this._resumedAt = -AFTER_RESUME;
      this._machine.handleHint(now, "foreground");
    }
    this._settle();
  }

  // ---- the engine ----

  /** Lets time pass: an attempt that is due begins before a command that ends it. Returns the time for the command, so that no other becomes due. */
  private _runTimers(): number {
    const now = this._session._now();
    this._machine.handleTimeout(now);
    this._settle();
    return now;
  }

  /**
   * Begins an attempt to connect, with the options as they are after the listeners of `reconnect_attempt`. Returns whether the machine still
   * wants it.
   */
  private _begin(link: Link, target: Target): boolean {
    const attempt = this._session._attempt;
    this._wires._links.set(link, undefined);
    this._watch();
    const isClosed = !this._engine || this._engine.readyState !== "opening";
    if (isClosed && attempt) {
      guard(() => {
        this._manager._emitAll("reconnect_attempt", attempt);
        this._manager._emitAll("reconnecting", attempt);
      });
      if (!this._wires._links.has(link)) return false;
      const isWanted = this._session._attempt;
      if (isWanted) {
        this._beginEngine();
        this._session._configure();
      }
      const now = this._session._now();
      this._wires._drop(link);
      if (isWanted) this._machine.reopen(now);
      this._machine.handleLost(now, link, "failed");
      return false;
    }
    if (!this._wires._links.has(link)) return false;
    const engine = isClosed ? this._beginEngine() : (this._engine as Engine);
    engine.transport = engine._createTransport(target);
    return true;
  }

  private _beginEngine(): Engine {
    try {
      return this._createEngine();
    } catch (error) {
      // The options are wrong. The attempt fails with the engine before.
      if (this._engine) this._engine.readyState = "opening";
      throw error;
    }
  }

  /** Creates the engine of the next attempt, so that listeners can be added before the first byte. */
  private _createEngine(): Engine {
    this._engine = this._early ? this._early._adopt(this) : new Engine(this._manager.uri, this._manager.opts, this);
    this._early = undefined;
    this._manager._readyState = "opening";
    return this._engine;
  }

  private _lacksTransports(): boolean {
    const lacks = !selectTransports(this._manager.opts)[0].length;
    if (lacks && !this._isToldLack) {
      this._isToldLack = true;
      this._session._clock.setTimeout(() => {
        this._isToldLack = false;
        this._manager._onError("No transports available");
      }, 0);
    }
    return lacks;
  }

  // ---- the network and the page ----

  private _onHint = (hint: Hint): void => {
    const engine = this._engine;
    if (!engine || (hint === "offline" && engine.hostname === "localhost")) return;
    if (hint === "offline") this._ending.description = { description: "network connection lost" };
    if (hint === "foreground") this._resumedAt = this._session._now();
    this._machine.handleHint(this._session._now(), hint);
    this._settle();
  };

  private _onUnload = (): void => this._wires._closeAll();

  private _watch(): void {
    watchers.add(this._onHint);
    if (this._manager.opts.closeOnBeforeunload && typeof addEventListener === "function") addEventListener("beforeunload", this._onUnload);
  }

  /** Forgets the page when the connection is closed, and the network when no attempt follows. */
  protected _unwatch(isDone = !this._hasActiveSockets()): void {
    if (typeof removeEventListener === "function") removeEventListener("beforeunload", this._onUnload);
    if (isDone) watchers.delete(this._onHint);
  }
}
