/** What the reference has not: signals, a bounded buffer, more than one at a time of what is sent until answered. */

import assert from "node:assert/strict";
import { test } from "node:test";

import parser from "socket.io-msgpack-parser";

import { World } from "./support/world.js";

test("a listener goes when its signal says so", () => {
  const world = new World();
  const socket = world.joined();
  const controller = new AbortController();
  const heard: unknown[] = [];
  socket.on("a", (n: number) => heard.push(n), { signal: controller.signal });
  socket.once("a", (n: number) => heard.push(-n), { signal: controller.signal });
  world.wire.hear('42["a",1]');
  controller.abort();
  world.wire.hear('42["a",2]');
  assert.deepEqual(heard, [1, -1] as unknown[]);
  socket.on("b", () => heard.push("b"), { signal: controller.signal });
  assert.equal(socket.hasListeners("b"), false);
});

test("a signal gives an answer up", async () => {
  const world = new World();
  const socket = world.joined();
  const controller = new AbortController();
  const answer = socket.signal(controller.signal).emitWithAck("a");
  controller.abort(new Error("enough"));
  await assert.rejects(answer, { message: "enough" });
  world.wire.hear('430["late"]');
  await assert.rejects(socket.signal(controller.signal).emitWithAck("b"), { message: "enough" });
  assert.deepEqual(world.wire.said(), ['420["a"]']);
});

test("a signal takes what waits out of the buffer", async () => {
  const world = new World();
  const socket = world.socket();
  const controller = new AbortController();
  const answer = socket.signal(controller.signal).emitWithAck("a");
  assert.equal(socket.sendBuffer.length, 1);
  controller.abort();
  await assert.rejects(answer, { name: "AbortError" });
  assert.equal(socket.sendBuffer.length, 0);
});

test("a full buffer refuses", () => {
  const world = new World();
  const socket = world.socket({ offlinePackets: 1 });
  socket.emit("a");
  assert.throws(() => socket.emit("b"), { message: "buffer full" });
  assert.equal(socket.sendBuffer.length, 1);
});

test("a full buffer lets the oldest go, and says so", async () => {
  const world = new World();
  const socket = world.socket({ offlinePackets: 1, offlinePolicy: "drop-oldest" });
  const dropped: unknown[] = [];
  socket.io.on("drop", ({ data }, of) => dropped.push([data, of === socket]));
  const lost = socket.emitWithAck("a");
  socket.emit("b").emit("c");
  await assert.rejects(lost, { message: "the event was dropped" });
  assert.deepEqual(
    socket.sendBuffer.map(({ data }) => data),
    [["c"]],
  );
  assert.deepEqual(dropped, [[["b"], true]]);
});

test("bytes of what waits count as bytes", () => {
  const world = new World();
  const socket = world.socket({ offlineBytes: 20 });
  assert.throws(() => socket.emit("a", "中中中中中中"), { message: "buffer full" });
  socket.emit("a", "zzzzzz");
});

test("bytes of what a custom parser has written count too", () => {
  const world = new World();
  const socket = world.socket({ offlineBytes: 60, parser });
  assert.throws(() => socket.emit("a", "x".repeat(60)), { message: "buffer full" });
  assert.throws(() => socket.emit("a", new Uint8Array(60)), { message: "buffer full" });
  socket.emit("a", new Uint8Array(10));
});

test("several at a time of what is sent until it is answered", () => {
  const world = new World();
  const socket = world.joined({ retries: 1, ackTimeout: 100, retryWindow: 2 });
  const heard: unknown[] = [];
  for (const name of ["a", "b", "c"]) socket.emit(name, (...args: unknown[]) => heard.push([name, ...args]));
  assert.deepEqual(world.wire.said(), ['420["a"]', '421["b"]']);
  world.wire.hear('431["B"]');
  assert.deepEqual(world.wire.said(), ['422["c"]']);
  world.pass(100);
  assert.deepEqual(world.wire.said(), ['420["a"]', '422["c"]']);
  world.wire.hear('430["A"]', '432["C"]');
  assert.deepEqual(heard, [
    ["b", null, "B"],
    ["a", null, "A"],
    ["c", null, "C"],
  ]);
});

test("a manager without sockets stays open, and comes back", () => {
  const world = new World();
  const manager = world.manager();
  world.wire.on.opened();
  world.wire.hear('0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  assert.equal(manager.engine.readyState, "open");
  world.wire.on.lost(undefined, {});
  world.pass(1000);
  assert.equal(world.wires.length, 2);
  manager._close();
  assert.ok(world.wire.closed);
});
