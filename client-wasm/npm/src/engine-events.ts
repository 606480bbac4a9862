/** The engine of a connection: tells it and the manager what the machine reports of it, and what packets come and go. */

import { bytesOf } from "./binary.js";
import type { DisconnectDescription, Ending } from "./connection-types.js";
import { Engine, type Transport } from "./engine.js";
import type { Host, Link, OpenFailure, Reason } from "./machine/contract.js";
import { Namespaces } from "./namespaces.js";
import { guard } from "./platform.js";
import type { Frame } from "./wires.js";

/** The events of the machine that belong to the engine. */
type MachineEvents = Pick<Host, "opened" | "upgraded" | "upgradeFailed" | "openFailed" | "closed" | "malformed" | "reconnecting" | "reconnectFailed">;

export abstract class EngineEvents extends Namespaces implements MachineEvents {
  /** The current engine; replaced on each attempt to connect. */
  _engine: Engine | undefined;
  /** The transports that may take over from polling. */
  _probes = new Map<Link, Transport>();
  /** The one of them that has answered. */
  private _upgrading: Transport | undefined;
  protected _ending: Ending = {};
  private _hasOpened: boolean | undefined;
  /** The time of the last ping to a 2.x server. */
  private _pingedAt = 0;

  /** The connection is closed. */
  protected abstract _unwatch(): void;

  // ---- events of the machine ----

  opened(): void {
    const attempt = this._session._attempt;
    const engine = this._engine as Engine;
    this._session._attempt = 0;
    this._ending = {};
    this._hasOpened = true;
    Engine.priorWebsocketSuccess = engine.transport.name === "websocket";
    this._notify(() => {
      this._manager._readyState = "open";
      engine._onOpen();
      this._manager._emitLocal("open");
      engine._emitLocal("open");
      if (attempt) this._manager._emitAll("reconnect", attempt);
    });
  }

  upgraded(): void {
    const engine = this._engine as Engine;
    const transport = this._upgrading as Transport;
    this._probes.clear();
    Engine.priorWebsocketSuccess = transport.name === "websocket";
    this._notify(() => {
      engine.transport = transport;
      engine._emitLocal("upgrade", transport);
    });
  }

  upgradeFailed(link: Link): void {
    const { probeError = ": transport closed" } = this._ending;
    const error = Object.assign(new Error("probe error" + probeError), { transport: (this._probes.get(link) as Transport).name });
    this._probes.delete(link);
    this._ending = { reason: this._ending.reason };
    this._notify(() => (this._engine as Engine)._emitLocal("upgradeError", error));
  }

  openFailed(why: OpenFailure): void {
    const { description, refused } = this._ending;
    const error: Error =
      (refused || why === "transport") && description instanceof Error
        ? description
        : Object.assign(new Error(why === "timeout" ? why : "server error"), why === "handshake" && { code: "parser error" });
    const attempt = this._session._attempt;
    const engine = this._engine as Engine;
    this._ending = {};
    Engine.priorWebsocketSuccess = false;
    // A listener of `reconnect_attempt` has switched reconnection off.
    if (engine.readyState === "closed") return;
    this._notify(() => {
      this._manager._readyState = "closed";
      this._manager._onError(error);
      if (why === "timeout") this._manager._emitAll("connect_timeout", this._manager._options().openTimeout);
      else engine._emitLocal("error", error);
      engine._onClose(why === "timeout" ? "forced close" : "transport error", error);
      this._unwatch();
    });
    if (attempt) this._session._afterTurn.push(() => this._manager._emitAll("reconnect_error", error));
  }

  closed(reason: Reason): void {
    const { reason: why = reason, description } = this._ending;
    const engine = this._engine;
    const closeEngine = () => engine && engine._onClose(why, description);
    if (this._parser) this._parser._reset();
    if (this._lane) this._lane._catchUp();
    this._ending = {};
    this._tellUnconnected(why, description);
    this._notify(() => {
      // A listener may have begun another attempt.
      if (this._engine === engine) this._manager._readyState = "closed";
      this._manager._emitLocal("close", why, description);
    });
    // The engine ends first if the application ends the connection.
    if (reason === "forced close") this._session._notifications.unshift(closeEngine);
    else this._notify(closeEngine);
    this._notify(() => this._unwatch());
    for (const link of this._probes.keys()) {
      this._ending.probeError = ": socket closed";
      this.upgradeFailed(link);
    }
  }

  malformed(message: string): void {
    this._ending.description = this._payloadError || new Error(message);
  }

  reconnecting(attempt: number): void {
    this._session._attempt = attempt;
  }

  reconnectFailed(): void {
    this._session._attempt = 0;
    this._notify(() => this._manager._emitAll("reconnect_failed"));
  }

  // ---- packets ----

  /** A ping to a 2.x server is about to be written; later servers ping the client. */
  _pinged(): void {
    this._pingedAt = this._session._now();
    this._notify(() => {
      this._manager._emitAll("ping");
      (this._engine as Engine)._emitLocal("ping");
    });
  }

  /** Tells of a frame: of an open transport, or of one that may take over. */
  protected _notifyFrame(engine: Engine, link: Link, frame: Frame): void {
    const transport = this._probes.get(link);
    if (!transport) {
      this._notifyReceived(engine, frame);
    } else if (frame === "3probe") {
      // The machine drops the others.
      this._probes = new Map([[link, (this._upgrading = transport)]]);
      guard(() => engine._emitLocal("upgrading", transport));
    } else {
      this._ending.probeError = "";
    }
  }

  /** Calls the listeners of the engine and of the manager's `ping` for a received packet. */
  protected _notifyReceived(engine: Engine, frame: Frame): void {
    const isText = typeof frame === "string";
    if (engine !== this._engine || engine.readyState === "closed" || (!engine._hasAnyListeners() && (!isText || frame[0] === "4"))) return;
    guard(() => {
      // A 2.x server has a type in front of binary data.
      const type = engine._onPacket(isText ? frame : this._toBinaryType(this._isOld() ? bytesOf(frame).subarray(1) : frame));
      if (type === "ping") {
        this._manager._emitAll("ping");
        engine._emitLocal("ping")._emitLocal("pong");
      } else if (type === "pong") {
        this._manager._emitAll("pong", this._session._now() - this._pingedAt);
        engine._emitLocal("pong");
      }
    });
  }

  /** Notes why a link is lost. Returns whether its server may have refused the version. */
  protected _noteLoss(link: Link, error: Error | undefined, details: unknown): boolean {
    const engine = this._engine as Engine;
    const refused = engine.readyState === "opening" && isRefusal(error, !this._hasOpened && engine.transport.name === "websocket");
    if (this._probes.has(link)) this._ending.probeError = error && ": " + error;
    else if (!this._ending.refused) this._ending.description = error || (details as DisconnectDescription | undefined);
    if (refused) this._ending.refused = true;
    if (error && engine.readyState === "open" && !this._probes.size) {
      this._notify(() => this._manager._onError(error));
      this._notify(() => engine._emitLocal("error", error));
    }
    return refused;
  }
}

/** Returns whether a server may have refused the version: with the status 400, or (`isUntold`) if the platform does not tell why. */
function isRefusal(error: unknown, isUntold: boolean): boolean {
  const { description } = (error || {}) as { description?: any };
  // The package `ws` tells the status or another reason; Node's own WebSocket does not.
  const reason = description && description.message;
  return description === 400 || / 400$/.test(reason) || (isUntold && (!reason || /non-101/.test(reason)));
}
