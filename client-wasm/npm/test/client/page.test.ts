/** The listeners of a page: none is left when its connection is closed. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { watchers } from "../../src/platform.js";
import { FakeHost, fakeGlobal } from "./support/host.js";

/** Returns the listeners of `beforeunload`. */
function page(t: TestContext): Set<() => void> {
  const listeners = new Set<() => void>();
  fakeGlobal(t, "addEventListener", (event: string, listener: () => void) => event === "beforeunload" && listeners.add(listener));
  fakeGlobal(t, "removeEventListener", (event: string, listener: () => void) => event === "beforeunload" && listeners.delete(listener));
  return listeners;
}

test("`closeOnBeforeunload` listens while there is a connection", (t) => {
  const listeners = page(t);
  const host = new FakeHost();
  const socket = host.connectedSocket({ closeOnBeforeunload: true });
  assert.equal(listeners.size, 1);
  host.transport.on.lost(undefined, {});
  assert.equal(listeners.size, 0);
  host.advance(5000);
  host.accept();
  assert.equal(listeners.size, 1);
  listeners.forEach((unload) => unload());
  assert.ok(host.transport.closed);
  socket.disconnect();
  assert.equal(listeners.size, 0);
});

test("without the option, a page keeps its back/forward cache", (t) => {
  const listeners = page(t);
  new FakeHost().connectedSocket();
  assert.equal(listeners.size, 0);
});

test("a closed connection listens to nothing, also one that was never opened or is closed while its sockets are active", (t) => {
  const listeners = page(t);
  const host = new FakeHost();
  const before = watchers.size;
  const closings = [
    (opened: boolean) => host.socket({ closeOnBeforeunload: true, autoConnect: opened }).disconnect(),
    (opened: boolean) => host.socket({ closeOnBeforeunload: true, autoConnect: opened }).io._close(),
    () => host.connectedSocket({ closeOnBeforeunload: true }).io._close(),
    () => {
      const { io } = host.connectedSocket({ closeOnBeforeunload: true });
      host.transport.on.lost(undefined, {});
      io._close();
    },
  ];
  for (const close of closings) {
    for (const opened of [true, false]) close(opened);
    assert.deepEqual([listeners.size, watchers.size - before], [0, 0], String(close));
  }
});

test("a connection that is opened again listens again", (t) => {
  const listeners = page(t);
  const host = new FakeHost();
  const { io } = host.connectedSocket({ closeOnBeforeunload: true });
  io._close();
  io.open();
  assert.equal(listeners.size, 1);
  io._close();
  assert.equal(listeners.size, 0);
});

test("a connection that is closed while it opens tells it, and can be opened again", () => {
  const host = new FakeHost();
  const { io } = host.socket();
  const told: string[] = [];
  io.on("close", (reason) => told.push(reason));
  io._close();
  assert.deepEqual([told, io.engine.readyState, host.timers], [["forced close"], "closed", 0]);
  io.open();
  assert.equal(host.transports.length, 2);
  io._close();
});
