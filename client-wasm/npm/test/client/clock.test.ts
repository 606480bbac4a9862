/** The clock and the timers of connections: a clock that is set, sleep, and the fake timers of test libraries. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { type Clock, SystemClock, sleep } from "../../src/clock.js";
import { fakeGlobal } from "./support/host.js";

const real = { Date, now: Date.now, ticks: performance.now.bind(performance) };

/** Clocks that only the test advances, and a `SystemClock` that reads them. */
class Device {
  wall = 5e12;
  ticks = 100;
  slept = 0;
  clock: SystemClock & Clock;

  /** With `total`, the platform knows how long it has slept. */
  constructor(t: TestContext, { total = false, performance = true } = {}) {
    Date.now = () => this.wall;
    t.after(() => {
      Date.now = real.now;
      delete sleep.total;
    });
    fakeGlobal(t, "performance", performance ? { now: () => this.ticks } : undefined);
    if (total) sleep.total = () => this.slept;
    this.clock = new SystemClock(false);
    this.clock.now();
  }

  pass(ms: number): void {
    this.wall += ms;
    this.ticks += ms;
  }

  sleep(ms: number): void {
    this.wall += ms;
    this.slept += ms;
  }

  /** Returns the time since the last call. */
  elapsed(): number {
    const now = this.clock.now();
    const since = now - this._before;
    this._before = now;
    return since;
  }

  private _before = 0;
}

for (const total of [true, false]) {
  test(`a clock that is set changes nothing, ${total ? "in Node" : "in a page"}`, (t) => {
    const device = new Device(t, { total });
    device.pass(1000);
    assert.equal(device.elapsed(), 1000);
    for (const step of [3_600_000, -7_200_000]) {
      device.wall += step;
      assert.equal(device.elapsed(), 0);
      device.pass(10);
      assert.equal(device.elapsed(), 10);
    }
  });
}

test("sleep is time, in Node", (t) => {
  const device = new Device(t, { total: true });
  device.sleep(60_000);
  assert.equal(device.elapsed(), 60_000);
  device.wall += 60_000;
  assert.equal(device.elapsed(), 0);
  device.sleep(60_000);
  device.wall += 3_600_000;
  assert.equal(device.elapsed(), 60_000);
});

test("sleep is time, in a page that hears that it awakes, and by a clock that goes on", (t) => {
  const device = new Device(t);
  device.sleep(60_000);
  device.clock._awake();
  assert.equal(device.elapsed(), 60_000);
  // A timer fires first.
  device.sleep(60_000);
  assert.equal(device.elapsed(), 0);
  device.pass(10);
  device.clock._awake();
  assert.equal(device.elapsed(), 60_010);
  device.clock._awake();
  assert.equal(device.elapsed(), 0);
  device.pass(60_000);
  assert.equal(device.elapsed(), 60_000);
});

test("without a monotonic clock, time is that of the wall clock, and does not go back", (t) => {
  const device = new Device(t, { performance: false });
  device.wall += 50;
  assert.equal(device.elapsed(), 50);
  device.wall -= 1000;
  assert.equal(device.elapsed(), 0);
  device.wall += 20;
  assert.equal(device.elapsed(), 20);
});

test("time does not stand still between readings less than a millisecond apart", (t) => {
  const device = new Device(t);
  for (let i = 0; i < 10; i++) {
    device.pass(0.5);
    device.clock.now();
  }
  assert.equal(device.elapsed(), 5);
});

test("the time of a timer that fires is reached, whatever the clocks read", (t) => {
  const device = new Device(t);
  assert.equal(device.clock.now(70), 70);
  assert.equal(device.clock.now(), 70);
});

/** Replaces the date and the timers, as test libraries do. */
function fakeTimers(t: TestContext) {
  const timers: (() => void)[] = [];
  const cleared: unknown[] = [];
  const fake = { now: 0, timers, cleared };
  fakeGlobal(
    t,
    "Date",
    class extends Date {
      static override now = () => fake.now;
    },
  );
  fakeGlobal(t, "setTimeout", (run: () => void) => timers.push(run));
  fakeGlobal(t, "clearTimeout", (timer: unknown) => cleared.push(timer));
  return fake;
}

test("fake timers run by the fake date", (t) => {
  const fake = fakeTimers(t);
  const clock = new SystemClock(false);
  const start = clock.now();
  fake.now += 60_000;
  assert.ok(clock.now() - start >= 60_000);
  clock.clearTimeout(clock.setTimeout(() => {}, 1));
  assert.deepEqual([fake.timers.length, fake.cleared], [1, [1]]);
});

test("`useNativeTimers`: the clock and the timers are the original ones", async (t) => {
  const native = new SystemClock(true);
  native.now();
  const fake = fakeTimers(t);
  fake.now = 1e13;
  const start = native.now();
  assert.ok(start < 1e6);
  native.clearTimeout(native.setTimeout(() => assert.fail(), 0));
  await new Promise<void>((resolve) => native.setTimeout(resolve, 2));
  assert.ok(native.now() > start);
  assert.deepEqual(fake, { now: 1e13, timers: [], cleared: [] });
});

test("a timer is cleared by the library that set it", (t) => {
  const fake = fakeTimers(t);
  const clock = new SystemClock(false);
  const timer = clock.setTimeout(() => {}, 1);
  globalThis.clearTimeout = () => assert.fail();
  clock.clearTimeout(timer);
  assert.deepEqual(fake.cleared, [1]);
});
