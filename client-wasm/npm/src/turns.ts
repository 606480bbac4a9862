/** The turns of one machine: an input, what the machine does with it, what is told of it, and when it wants to be called again. */

import type { Host, Machine } from "./machine/contract.js";
import { platform, throwLater } from "./platform.js";
import type { Owner } from "./users.js";

export type News = () => void;

export abstract class Turns {
  readonly _machine: Machine;
  /** What has happened and was not told yet. */
  private _news: News[] = [];
  /** What is told last: that a socket has left. */
  protected _parting: News[] = [];
  /** That an attempt has failed: told when it is known whether another follows. */
  protected _failure: News | undefined;
  /** Which attempt to come back is planned or made; 0: none. */
  protected _attempt = 0;
  private _timer: any;
  private _wake = Infinity;

  constructor(protected _manager: Owner) {
    this._machine = platform.machine(_manager._options());
    if (platform.coming) void platform.coming.then(() => this._settle());
  }

  _configure(): void {
    this._machine.configure(this._manager._options());
  }

  protected _tell(news: News): void {
    this._news.push(news);
  }

  /** Lets the machine do what is due, then tells what has happened. Whoever gives a command hears of it before it returns. */
  _settle(): void {
    const at = this._machine.poll(this as unknown as Host);
    if (this._failure) {
      this._tell(this._failure);
      this._failure = undefined;
    }
    if (at < this._wake || at === Infinity) this._arm(at);
    if (this._news.length || this._parting.length) {
      const news = this._news.concat(this._parting);
      this._news = [];
      this._parting = [];
      for (const own of news) this._guard(own);
    }
  }

  /** What a listener throws is nobody's here: it must stop neither the machine nor the other listeners. */
  protected _guard(run: News): void {
    try {
      run();
    } catch (error) {
      throwLater(error);
    }
  }

  private _arm(at: number): void {
    if (this._wake !== Infinity) platform.clearTimeout(this._timer);
    this._wake = at;
    if (at === Infinity) return;
    const { useNativeTimers, autoUnref } = this._manager.opts;
    this._timer = platform.setTimeout(this._timeout, Math.min(Math.max(0, at - platform.now()), 0x7fffffff), useNativeTimers);
    if (autoUnref && this._timer.unref) this._timer.unref();
  }

  private _timeout = (): void => {
    this._wake = Infinity;
    // Users change options between attempts.
    if (this._attempt) this._configure();
    this._machine.handleTimeout(platform.now());
    this._settle();
  };
}
