/** Features beyond socket.io-client: signals, the bounded buffer, retryWindow. */

import assert from "node:assert/strict";
import { test } from "node:test";

import parser from "socket.io-msgpack-parser";

import { FakeHost } from "./support/host.js";

test("an aborted signal removes a listener", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const controller = new AbortController();
  const received: unknown[] = [];
  socket.on("a", (n: number) => received.push(n), { signal: controller.signal });
  socket.once("a", (n: number) => received.push(-n), { signal: controller.signal });
  host.transport.receive('42["a",1]');
  controller.abort();
  host.transport.receive('42["a",2]');
  assert.deepEqual(received, [1, -1] as unknown[]);
  socket.on("b", () => received.push("b"), { signal: controller.signal });
  assert.equal(socket.hasListeners("b"), false);
});

test("an aborted signal cancels an ack", async () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const controller = new AbortController();
  const answer = socket.signal(controller.signal).emitWithAck("a");
  controller.abort(new Error("enough"));
  await assert.rejects(answer, { message: "enough" });
  host.transport.receive('430["late"]');
  await assert.rejects(socket.signal(controller.signal).emitWithAck("b"), { message: "enough" });
  assert.deepEqual(host.transport.takeSent(), ['420["a"]']);
});

test("an aborted signal removes the event from the buffer", async () => {
  const host = new FakeHost();
  const socket = host.socket();
  const controller = new AbortController();
  const answer = socket.signal(controller.signal).emitWithAck("a");
  assert.equal(socket.sendBuffer.length, 1);
  controller.abort();
  await assert.rejects(answer, { name: "AbortError" });
  assert.equal(socket.sendBuffer.length, 0);
});

test("a full buffer makes emit throw", () => {
  const host = new FakeHost();
  const socket = host.socket({ offlinePackets: 1 });
  socket.emit("a");
  assert.throws(() => socket.emit("b"), { message: 'cannot emit "b": buffer full; see offlinePackets, offlineBytes and offlinePolicy' });
  assert.equal(socket.sendBuffer.length, 1);
});

test("drop-oldest drops the oldest event and emits drop", async () => {
  const host = new FakeHost();
  const socket = host.socket({ offlinePackets: 1, offlinePolicy: "drop-oldest" });
  const dropped: unknown[] = [];
  socket.io.on("drop", ({ data }, of) => dropped.push([data, of === socket]));
  const lost = socket.emitWithAck("a");
  socket.emit("b").emit("c");
  await assert.rejects(lost, { message: "the event was dropped before it was sent" });
  assert.deepEqual(
    socket.sendBuffer.map(({ data }) => data),
    [["c"]],
  );
  assert.deepEqual(dropped, [[["b"], true]]);
});

test("maxAcks and maxAttachments make emit throw", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket({ maxAcks: 1, maxAttachments: 1 });
  socket.emit("a", () => {});
  assert.throws(() => socket.emit("b", () => {}), { message: 'cannot emit "b": too many acks; see maxAcks' });
  const bytes = new Uint8Array(1);
  socket.emit("c", bytes);
  assert.throws(() => socket.emit("d", bytes, bytes), { message: 'cannot emit "d": too many attachments; see maxAttachments' });
  assert.equal(socket.connected, true);
});

test("engineVersion skips the detection, and is known after the handshake", () => {
  const host = new FakeHost();
  const socket = host.socket({ engineVersion: "eio3" });
  assert.match(host.transport.uri, /[?&]EIO=3&/);
  assert.equal(socket.io.engineVersion(), undefined);
  host.transport.on.opened();
  host.transport.receive('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000}', "40");
  assert.equal(socket.io.engineVersion(), "eio3");
  assert.ok(socket.connected);
});

test("offlineBytes counts UTF-8 bytes", () => {
  const host = new FakeHost();
  const socket = host.socket({ offlineBytes: 20 });
  assert.throws(() => socket.emit("a", "中中中中中中"), { message: /^cannot emit "a": buffer full; see offlinePackets, / });
  socket.emit("a", "zzzzzz");
});

test("offlineBytes counts the output of a custom parser", () => {
  const host = new FakeHost();
  const socket = host.socket({ offlineBytes: 60, parser });
  assert.throws(() => socket.emit("a", "x".repeat(60)), { message: /^cannot emit "a": buffer full; see offlinePackets, / });
  assert.throws(() => socket.emit("a", new Uint8Array(60)), { message: /^cannot emit "a": buffer full; see offlinePackets, / });
  socket.emit("a", new Uint8Array(10));
});

test("retryWindow: several events with retries are in flight at a time", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket({ retries: 1, ackTimeout: 100, retryWindow: 2 });
  const received: unknown[] = [];
  for (const name of ["a", "b", "c"]) socket.emit(name, (...args: unknown[]) => received.push([name, ...args]));
  assert.deepEqual(host.transport.takeSent(), ['420["a"]', '421["b"]']);
  host.transport.receive('431["B"]');
  assert.deepEqual(host.transport.takeSent(), ['422["c"]']);
  host.advance(100);
  assert.deepEqual(host.transport.takeSent(), ['420["a"]', '422["c"]']);
  host.transport.receive('430["A"]', '432["C"]');
  assert.deepEqual(received, [
    ["b", null, "B"],
    ["a", null, "A"],
    ["c", null, "C"],
  ]);
});

test("a manager without sockets stays open, and reconnects", () => {
  const host = new FakeHost();
  const manager = host.manager();
  host.transport.on.opened();
  host.transport.receive('0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}');
  assert.equal(manager.engine.readyState, "open");
  host.transport.on.lost(undefined, {});
  host.advance(1000);
  assert.equal(host.transports.length, 2);
  manager._close();
  assert.ok(host.transport.closed);
});
