/** The scenarios that a client runs with each official server, over each transport. */

import assert from "node:assert/strict";

import type { Socket } from "../../src/manager.js";
import type { EngineVersion } from "../../src/options.js";

/** A server and a transport; its sockets are closed after the scenario. */
export interface Target {
  engineVersion: EngineVersion;
  socket(namespace: string, opts?: Record<string, unknown>): Socket;
}

/** Returns the arguments of the next event of that name. */
export const next = (socket: { once(event: any, listener: any): unknown }, event: string): Promise<any[]> =>
  new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)));

async function connectedSocket(target: Target, namespace = "/lab", opts = {}): Promise<Socket> {
  const socket = target.socket(namespace, opts);
  await next(socket, "connect");
  return socket;
}

const bytes = (...values: number[]) => Buffer.from(values);

/** Echoes values, by events and by acks. */
export async function echoesValues(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  const values = ["é中😀", 1.5, null, true, [1, [2]], { a: { b: "c" } }, "x".repeat(100_000)];
  assert.deepEqual(await socket.emitWithAck("echo", values), values);
  const received = next(socket, "echo");
  socket.emit("echo", ...values);
  assert.deepEqual(await received, values);
}

/** Echoes binary data anywhere in the arguments. */
export async function echoesBinary(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  const values = [bytes(0, 1, 255), { deep: [bytes(), bytes(7)] }, "é"];
  const received = next(socket, "echo");
  socket.emit("echo", ...values);
  assert.deepEqual(await received, values);
  assert.deepEqual(await socket.emitWithAck("echo", Uint8Array.of(1, 2)), bytes(1, 2));
}

/** Acknowledges a server event. */
export async function acknowledgesEvents(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  socket.on("question", (text: string, answer: (...args: unknown[]) => void) => answer(text + "?", bytes(1)));
  const answered = next(socket, "answered");
  socket.emit("question", "why");
  assert.deepEqual(await answered, ["why?", bytes(1)]);
}

/** Receives many events in order. */
export async function receivesAFlood(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  const received: number[] = [];
  socket.on("tick", (n: number) => received.push(n));
  const flooded = next(socket, "flooded");
  socket.emit("flood", 500, "text");
  await flooded;
  assert.deepEqual(
    received,
    Array.from({ length: 500 }, (_, n) => n),
  );
}

/** Sends events that were emitted before the connection opened, in order. */
export async function sendsBufferedEvents(target: Target): Promise<void> {
  const socket = target.socket("/lab");
  const received: unknown[] = [];
  // An ack of python-socketio may overtake events during the upgrade.
  const all = new Promise<void>((resolve) => socket.on("echo", (n) => received.push(n) === 20 && resolve()));
  for (let n = 0; n < 20; n++) socket.emit("echo", n);
  await all;
  assert.deepEqual(
    received,
    Array.from({ length: 20 }, (_, n) => n),
  );
}

/** Connects two namespaces over one connection, each with its own id. */
export async function sharesAConnection(target: Target): Promise<void> {
  const root = await connectedSocket(target, "/");
  const lab = root.io.socket("/lab");
  await next(lab, "connect");
  assert.notEqual(root.id, lab.id);
  assert.equal(await lab.emitWithAck("echo", 1), 1);
  lab.disconnect();
  assert.equal(await root.emitWithAck("echo", 2), 2);
}

/** Receives a broadcast to a room. */
export async function receivesRoomBroadcasts(target: Target): Promise<void> {
  const [one, other] = await Promise.all([connectedSocket(target), connectedSocket(target)]);
  const room = "room" + Math.random();
  await Promise.all([one.emitWithAck("join", room), other.emitWithAck("join", room)]);
  const received = next(other, "said");
  one.emit("say", room, "hello", bytes(1));
  assert.deepEqual(await received, ["hello", bytes(1)]);
}

/** Reports why a namespace was refused, and does not try it again. */
export async function reportsRefusals(target: Target): Promise<void> {
  const socket = target.socket("/auth", { auth: { token: "wrong" }, query: { token: "wrong" } });
  const [error] = await next(socket, "connect_error");
  assert.equal(error.message, "auth failed");
  if (target.engineVersion === "eio4") assert.deepEqual(error.data, { code: 401 });
  assert.equal(socket.active, false);
}

/** Reports that a namespace does not exist. */
export async function reportsUnknownNamespaces(target: Target): Promise<void> {
  const unknown = target.socket("/nope");
  assert.equal((await next(unknown, "connect_error"))[0].message, "Invalid namespace");
}

/** Connects to a namespace that requires a token. */
export async function authenticates(target: Target): Promise<void> {
  const socket = await connectedSocket(target, "/auth", { auth: { token: "secret" }, query: { token: "secret" } });
  const { query, auth } = (await socket.emitWithAck("handshake")) as any;
  assert.equal(query.token, "secret");
  if (target.engineVersion === "eio4") assert.deepEqual(auth, { token: "secret" });
}

/** Stays disconnected after a server disconnect, until `connect()`. */
export async function staysDisconnected(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  const left = next(socket, "disconnect");
  socket.emit("kick");
  assert.equal((await left)[0], "io server disconnect");
  assert.equal(socket.active, false);
  socket.connect();
  await next(socket, "connect");
  assert.equal(await socket.emitWithAck("echo", 1), 1);
}

/** Reconnects after a lost connection, and sends the events emitted meanwhile. */
export async function reconnects(target: Target): Promise<void> {
  const socket = await connectedSocket(target, "/lab", { reconnectionDelay: 10 });
  const { id } = socket;
  const left = next(socket, "disconnect");
  socket.io.engine.close();
  await left;
  const answer = socket.emitWithAck("echo", "meanwhile");
  await next(socket, "connect");
  assert.notEqual(socket.id, id);
  assert.equal(await answer, "meanwhile");
}

/** Fails acks after their timeout and on disconnection. */
export async function failsMissingAcks(target: Target): Promise<void> {
  const socket = await connectedSocket(target);
  await assert.rejects(socket.timeout(20).emitWithAck("silent"), { message: "operation has timed out" });
  const lost = assert.rejects(socket.emitWithAck("silent"), { message: "socket has been disconnected" });
  socket.disconnect();
  await lost;
}

/** Detects the Engine.IO version of the server. */
export async function detectsEngineVersion(target: Target): Promise<void> {
  const socket = await connectedSocket(target, "/");
  assert.equal(socket.io.engine.readyState, "open");
  assert.equal(socket.io.engineVersion(), target.engineVersion);
  if (target.engineVersion === "eio3") assert.equal(socket.id, socket.io.engine.id);
  else assert.notEqual(socket.id, socket.io.engine.id);
}
