/** The time and the timers of connections: time does not go back, passes while the device sleeps, and ignores a clock that is set. */

export interface Clock {
  /** Returns the milliseconds since an origin; from now on at least `least`. */
  now(least?: number): number;
  /** Returns whether a time lies ahead. Costs less than `now`. */
  isAhead(time: number): boolean;
  setTimeout(run: () => void, delay: number, unref?: boolean): Timer;
  clearTimeout(timer: Timer): void;
}

/** A timer and its function to clear it: a test library may replace the functions in between. */
export type Timer = [timer: any, clear: (timer: any) => void];

/** Node: returns the milliseconds that the device has slept, from any origin. */
export const sleep: { total?: () => number } = {};

/** The wall clock jumps if it differs from the monotonic one by more than this many milliseconds. */
const JUMP = 2000;

/** A wall clock alone is believed for so many milliseconds. */
const SHORT = 1000;

/** A page hears within this many milliseconds that it awakes. */
const AWAKENING = 30_000;

/** Returns the functions of the platform, as they are now. */
const functions = () => ({
  date: Date,
  wall: Date.now,
  performance: typeof performance === "undefined" ? undefined : performance,
  monotonic: typeof performance === "undefined" ? undefined : performance.now,
  set: setTimeout,
  clear: clearTimeout,
});

const originals = functions();

const slept = () => (sleep.total ? sleep.total() : 0);

export class SystemClock implements Clock {
  private _time = 0;
  private _wall = NaN;
  private _monotonic = NaN;
  private _slept = slept();
  /** The last jump of the wall clock that may be sleep, and its time. */
  private _jump = 0;
  private _jumpedAt = 0;

  constructor(private _isNative: boolean) {}

  now(least = 0): number {
    const { date, wall, performance, monotonic, set } = this._functions();
    const time = wall.call(date);
    const ticks = monotonic ? monotonic.call(performance as Performance) : time;
    // Both are `NaN` at the first call.
    const elapsed = ticks - this._monotonic;
    const jump = time - this._wall - elapsed;
    this._wall = time;
    this._monotonic = ticks;
    if (elapsed > 0) this._time += elapsed;
    // The timers of a test library run by its date.
    if (jump > 0 && date !== originals.date && set !== originals.set) this._time += jump;
    else if (jump > JUMP) this._onJump(jump);
    this._time = Math.max(this._time, least);
    return Math.floor(this._time);
  }

  /** The wall clock alone answers most often: a device that sleeps is seen by it, and a clock that is set back soon after. */
  isAhead(time: number): boolean {
    const elapsed = (this._isNative ? originals.wall : Date.now)() - this._wall;
    return (elapsed >= 0 && elapsed < SHORT && Math.floor(this._time) + elapsed < time) || this.now() < time;
  }

  setTimeout(run: () => void, delay: number, unref?: boolean): Timer {
    const { set, clear } = this._functions();
    const timer: any = set(run, delay);
    if (unref && timer.unref) timer.unref();
    return [timer, clear];
  }

  clearTimeout([timer, clear]: Timer): void {
    clear(timer);
  }

  /** The page awakes: a jump of the wall clock just before was sleep. */
  _awake(): void {
    if (this.now() - this._jumpedAt < AWAKENING) this._time += this._jump;
    this._jump = 0;
  }

  /** The device has slept, or its clock was set. */
  private _onJump(jump: number): void {
    if (sleep.total) {
      const before = this._slept;
      this._slept = slept();
      if (this._slept - before > JUMP) this._time += Math.min(jump, this._slept - before);
    } else {
      this._jump = jump;
      this._jumpedAt = this._time;
    }
  }

  private _functions = (): typeof originals => (this._isNative ? originals : functions());
}

const clocks: SystemClock[] = [];

/** Returns the clock of the functions as they were at the start, or of those that a test library may have put in their place. */
export const systemClock = (isNative?: boolean): Clock => (clocks[+!!isNative] ||= new SystemClock(!!isNative));

/** The page awakes. */
export const awake = () => clocks.forEach((clock) => clock._awake());
