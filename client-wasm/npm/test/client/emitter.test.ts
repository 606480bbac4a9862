/** The emitter against component-emitter: random steps must have the same results. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Emitter as Reference } from "../../node_modules/@socket.io/component-emitter/lib/esm/index.js";
import { Emitter } from "../../src/emitter.js";

type Any = Emitter<any, any>;
const NAMES = ["a", "b", "constructor", "__proto__"];

/** Runs random steps from a seed; returns the calls of listeners and the results. */
function walk(emitter: any, seed: number): string[] {
  let state = seed;
  const draw = (n: number) => (state = (state * 1103515245 + 12345) & 0x7fffffff) % n;
  const calls: string[] = [];
  const listeners = [0, 1, 2].map(
    (which) =>
      function (this: unknown, ...args: unknown[]) {
        calls.push(`${which}:${args.join()}:${this === emitter}`);
        if (which === 2 && args[0] === "off") emitter.off("a");
      },
  );
  for (let step = 0; step < 60; step++) {
    const name = NAMES[draw(NAMES.length)] as string;
    const listener = listeners[draw(3)];
    switch (draw(9)) {
      case 0:
      case 1:
        emitter.on(name, listener);
        break;
      case 2:
        emitter.once(name, listener);
        break;
      case 3:
        emitter.off(name, listener);
        break;
      case 4:
        if (!draw(4)) emitter.removeAllListeners(name);
        break;
      case 5:
        if (!draw(8)) emitter.off();
        break;
      case 6:
        calls.push(`${name} ${emitter.listeners(name).length} ${emitter.hasListeners(name)}`);
        break;
      default:
        emitter.emit(name, draw(4) ? "x" : "off", step);
    }
  }
  return calls;
}

test("a thousand random walks give the results of component-emitter", () => {
  for (let seed = 1; seed <= 1000; seed++) {
    assert.deepEqual(walk(new Emitter() as Any, seed), walk(new Reference(), seed), `seed ${seed}`);
  }
});

test("aliases are the same functions", () => {
  const emitter = new Emitter() as Any;
  assert.equal(emitter.addEventListener, emitter.on);
  assert.equal(emitter.removeListener, emitter.off);
  assert.equal(emitter.removeEventListener, emitter.off);
  assert.equal(emitter.removeAllListeners, emitter.off);
});

test("listeners() returns the array itself: removing a listener from it takes effect", () => {
  const emitter = new Emitter() as Any;
  const heard: number[] = [];
  emitter.on("a", () => heard.push(1)).on("a", () => heard.push(2));
  emitter.listeners("a").shift();
  emitter.emit("a");
  assert.deepEqual(heard, [2]);
});

test("Vue makes no proxy of an emitter, through which WebSockets would not work", () => {
  assert.equal((new Emitter() as any)["__v_skip"], true);
});
