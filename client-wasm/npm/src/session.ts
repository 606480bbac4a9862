/** One connection's machine: runs it, keeps its timer, and calls the listeners when it has finished a turn. */

/// <reference lib="es2021.weakref" />

import type { Clock, Timer } from "./clock.js";
import type { Host, Machine, MachineOptions } from "./machine/contract.js";
import type { EngineOptions } from "./options.js";
import { guard, platform } from "./platform.js";

/** A call of the application's listeners. */
export type Notification = () => void;

export interface SessionOptions {
  readonly opts: Pick<EngineOptions, "useNativeTimers" | "autoUnref">;
  /** The machine's options, as they are now. */
  _options(): MachineOptions;
}

/** Frees the machines of connections that are gone, where the host tells: no garbage collector sees the memory of the core. */
const gone = typeof FinalizationRegistry === "function" ? new FinalizationRegistry<Machine>((machine) => machine.free()) : undefined;

/** Each input of the machine is followed by `_settle`, which ends the turn. */
export class Session {
  readonly _machine: Machine;
  /** Notifications of this turn, in order. */
  _notifications: Notification[] = [];
  /** Called after `_notifications`, when it is known whether another attempt follows. */
  _afterTurn: Notification[] = [];
  /** Called last: disconnections that the server or the application asked for. */
  _disconnects: Notification[] = [];
  /** Number of the reconnection attempt that is planned or running; 0 if there is none. */
  _attempt = 0;
  readonly _clock: Clock;
  /** Counts the turns. */
  _turn = 0;
  private _timer: Timer | undefined;
  /** The machine's options, as it knows them. */
  _options: MachineOptions;
  /** When the timer runs, in the machine's time. */
  _wakeAt = Infinity;

  constructor(
    private _host: Host,
    private _settings: SessionOptions,
  ) {
    this._clock = platform.clock(_settings.opts.useNativeTimers);
    this._machine = platform.machine((this._options = _settings._options()), () => this._settle());
    if (gone) gone.register(this, this._machine);
  }

  /** Tells the machine the options as they are now. */
  _configure(): void {
    const options = (this._options = this._settings._options());
    if (options.reconnection === false) this._attempt = 0;
    this._machine.configure(options);
  }

  /** Polls the machine, then calls the listeners: the caller of a command sees its effects before the command returns. */
  _settle(): void {
    this._turn++;
    const at = this._machine.poll(this._host);
    if (at < this._wakeAt || at === Infinity) this._setTimer(at);
    if (this._notifications.length || this._afterTurn.length || this._disconnects.length) {
      const notifications = this._notifications.concat(this._afterTurn, this._disconnects);
      this._notifications = [];
      this._afterTurn = [];
      this._disconnects = [];
      notifications.forEach(guard);
    }
  }

  /** Returns the machine's time. */
  _now(): number {
    return this._clock.now();
  }

  /** Returns whether no timer is due: a deadline comes before any packet. */
  _isInTime(): boolean {
    return this._clock.isAhead(this._wakeAt);
  }

  private _setTimer(at: number): void {
    if (this._timer) this._clock.clearTimeout(this._timer);
    this._timer = undefined;
    this._wakeAt = at;
    if (at === Infinity) return;
    const now = this._now();
    const delay = Math.min(Math.max(0, at - now), 0x7fffffff);
    this._timer = this._clock.setTimeout(() => this._onTimeout(now + delay), delay, this._settings.opts.autoUnref);
  }

  /** It is `time`, whatever the clock reads: a test library may replace timers alone. */
  private _onTimeout(time: number): void {
    this._timer = undefined;
    this._wakeAt = Infinity;
    this._machine.handleTimeout(this._clock.now(time));
    this._settle();
  }
}
