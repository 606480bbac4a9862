/** Which WebSocket the Node entry takes. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import { install } from "../../src/node/platform.js";
import { NodeWebSocket, optional } from "../../src/node/sockets.js";
import { fakeGlobal } from "./support/host.js";

const ON = { opened() {}, received() {}, lost() {} };

/** Returns the names of the classes that a plain WebSocket and one with a header are made of. */
function taken(t: TestContext, { platform = true, ws = true, page = false }): (string | undefined)[] {
  const made: string[] = [];
  const class_ = (name: string) =>
    class {
      constructor() {
        made.push(name);
      }
    };
  fakeGlobal(t, "WebSocket", platform ? class_("platform") : undefined);
  fakeGlobal(t, "document", page ? {} : undefined);
  optional.ws = () => (ws ? { WebSocket: class_("ws") } : undefined);
  t.after(() => delete optional.ws);
  return [{}, { extraHeaders: { a: "b" } }].map((opts) => {
    try {
      new NodeWebSocket("ws://h/", opts, ON);
    } catch (error) {
      return (error as Error).message;
    }
    return made.pop();
  });
}

const NEEDS = "need the package `ws`: npm install ws (and bundle it, if this program is one file)";

test("Node's own WebSocket, or `ws` where it cannot do what is asked for", (t) => {
  assert.deepEqual(taken(t, {}), ["platform", "ws"]);
});

test("`ws` alone, and neither", (t) => {
  assert.deepEqual(taken(t, { platform: false }), ["ws", "ws"]);
});

test("without `ws`, the error says what needs it, and the console once", (t) => {
  const warn = t.mock.method(console, "warn", () => {});
  for (let i = 0; i < 2; i++) assert.deepEqual(taken(t, { ws: false }), ["platform", `WebSockets with these options ${NEEDS}`]);
  assert.equal(warn.mock.callCount(), 1);
});

test("without any WebSocket, the error says so", (t) => {
  assert.deepEqual(taken(t, { platform: false, ws: false }), Array(2).fill(`WebSockets in this version of Node ${NEEDS}`));
});

test("`ws` is preferred to the WebSocket of an imitated page", (t) => {
  assert.deepEqual(taken(t, { page: true }), ["ws", "ws"]);
});

test("the WebSocket of an imitated page is better than none", (t) => {
  assert.equal(taken(t, { page: true, ws: false })[0], "platform");
});

test("a file in place of `ws` that only throws counts as none", () => {
  install(() => () => {
    throw new Error("ws does not work in the browser");
  });
  assert.equal(optional.ws && optional.ws(), undefined);
});

test("what a bundler has made of `ws` comes before the installed package", () => {
  const names: string[] = [];
  const ws = { WebSocket: class {} };
  install(
    (name) => names.push(name),
    () => ws,
  );
  assert.equal(optional.ws && optional.ws(), ws);
  install((name) => names.push(name) && ws);
  assert.equal(optional.ws && optional.ws(), ws);
  assert.deepEqual(names, ["ws"]);
});

/** Returns a socket over an imitation of `ws`, and what that has written. */
function corked(t: TestContext): [socket: NodeWebSocket, written: unknown[]] {
  const written: unknown[] = [];
  let waiting: unknown[] | undefined;
  class Ws {
    readyState = 1;
    binaryType = "nodebuffer";
    _socket = {
      writableLength: 0,
      cork: () => (waiting = []),
      uncork: () => {
        written.push(...(waiting || []));
        waiting = undefined;
      },
    };
    send(data: unknown) {
      (waiting || written).push(data);
    }
  }
  fakeGlobal(t, "WebSocket", undefined);
  optional.ws = () => ({ WebSocket: Ws });
  t.after(() => delete optional.ws);
  return [new NodeWebSocket("ws://h/", {}, ON), written];
}

test("a large frame is written at once, after the frames before it", async (t) => {
  const [socket, written] = corked(t);
  const large = new Uint8Array(16_384);
  socket.send("a");
  socket.send("b");
  assert.deepEqual(written, ["a"]);
  socket.send(large);
  assert.deepEqual(written, ["a", "b", large]);
  socket.send("c");
  socket.send("d");
  await new Promise(setImmediate);
  assert.deepEqual(written, ["a", "b", large, "c", "d"]);
});

test("a batch of frames is written also while a test library holds `process.nextTick`", async (t) => {
  const [socket, written] = corked(t);
  const held = t.mock.method(process, "nextTick", () => {});
  socket.send("a");
  socket.send("b");
  // The test runner needs it, too.
  held.mock.restore();
  await new Promise(setImmediate);
  assert.deepEqual(written, ["a", "b"]);
});
