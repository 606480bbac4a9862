/** Servers of Socket.IO 2.x: the query in place of auth. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { FakeHost } from "./support/host.js";

const OLD = '0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';

/** Connects to a 2.x server; returns what it was sent. */
function connects(opts: object, nsp: string): unknown[] {
  const host = new FakeHost();
  const socket = host.socket(opts, nsp);
  host.transport.on.opened();
  host.transport.receive(OLD, "40");
  const { sent } = host.transport;
  socket.disconnect();
  return sent;
}

test("authInQuery adds auth to the query of a namespace on a 2.x server", () => {
  const auth = { token: "a&b", user: { id: 1 } };
  const all = { auth, authInQuery: true };
  assert.deepEqual(connects(all, "/x"), ["40/x?token=a%26b&user=%7B%22id%22%3A1%7D,"]);
  assert.deepEqual(connects({ ...all, query: "a=b" }, "/x"), ["40/x?a=b&token=a%26b&user=%7B%22id%22%3A1%7D,"]);
  assert.deepEqual(connects({ auth: (done: (auth: object) => void) => done({ n: 1 }), authInQuery: true }, "/x"), ["40/x?n=1,"]);
  assert.deepEqual(connects({ auth }, "/x"), ["40/x,"]);
});

test("auth that a 2.x server is not sent is warned about once", (t: TestContext) => {
  const warn = t.mock.method(console, "warn", () => {});
  const warnings = (opts: object, nsp: string) => {
    warn.mock.resetCalls();
    const host = new FakeHost();
    const socket = host.socket(opts, nsp);
    host.transport.on.opened();
    host.transport.receive(OLD, "40", nsp === "/" ? '42["a"]' : `40${nsp},`);
    assert.ok(socket.connected);
    socket.disconnect();
    return warn.mock.calls.map(({ arguments: [text] }) => text);
  };
  const auth = { token: "t" };
  assert.deepEqual(warnings({ auth, authInQuery: true }, "/a"), []);
  assert.deepEqual(warnings({ auth }, "/a"), [
    'tidewire: a Socket.IO 2.x server has no auth: that of "/a" was not sent. Use the option query, or authInQuery: true.',
  ]);
  assert.deepEqual(warnings({ auth }, "/a"), []);
  assert.equal(warnings({ auth, authInQuery: true }, "/").length, 1);
});
