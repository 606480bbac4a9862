/** What a client does with any of the official servers, over any transport. */

import assert from "node:assert/strict";

import type { Socket } from "../../src/socket.js";

/** Makes sockets of one server and transport; they are closed after the scenario. */
export interface Place {
  generation: 3 | 4;
  socket(namespace: string, opts?: Record<string, unknown>): Socket;
}

/** An event's arguments, once. */
export const next = (socket: { once(event: any, listener: any): unknown }, event: string): Promise<any[]> =>
  new Promise((resolve) => socket.once(event, (...args: unknown[]) => resolve(args)));

async function joined(place: Place, namespace = "/lab", opts = {}): Promise<Socket> {
  const socket = place.socket(namespace, opts);
  await next(socket, "connect");
  return socket;
}

const bytes = (...values: number[]) => Buffer.from(values);

/** Values come back as they went, alone and in answers. */
export async function echoesValues(place: Place): Promise<void> {
  const socket = await joined(place);
  const values = ["é中😀", 1.5, null, true, [1, [2]], { a: { b: "c" } }, "x".repeat(100_000)];
  assert.deepEqual(await socket.emitWithAck("echo", values), values);
  const heard = next(socket, "echo");
  socket.emit("echo", ...values);
  assert.deepEqual(await heard, values);
}

/** Binary comes back wherever it stands. */
export async function echoesBinary(place: Place): Promise<void> {
  const socket = await joined(place);
  const values = [bytes(0, 1, 255), { deep: [bytes(), bytes(7)] }, "é"];
  const heard = next(socket, "echo");
  socket.emit("echo", ...values);
  assert.deepEqual(await heard, values);
  assert.deepEqual(await socket.emitWithAck("echo", Uint8Array.of(1, 2)), bytes(1, 2));
}

/** The server asks, the client answers. */
export async function answersQuestions(place: Place): Promise<void> {
  const socket = await joined(place);
  socket.on("question", (text: string, answer: (...args: unknown[]) => void) => answer(text + "?", bytes(1)));
  const answered = next(socket, "answered");
  socket.emit("question", "why");
  assert.deepEqual(await answered, ["why?", bytes(1)]);
}

/** Many events come in order. */
export async function hearsAFlood(place: Place): Promise<void> {
  const socket = await joined(place);
  const heard: number[] = [];
  socket.on("tick", (n: number) => heard.push(n));
  const flooded = next(socket, "flooded");
  socket.emit("flood", 500, "text");
  await flooded;
  assert.deepEqual(
    heard,
    Array.from({ length: 500 }, (_, n) => n),
  );
}

/** What is emitted before the connection is there goes in order when it is. */
export async function sendsWhatWaited(place: Place): Promise<void> {
  const socket = place.socket("/lab");
  const heard: number[] = [];
  socket.on("echo", (n: number) => heard.push(n));
  for (let n = 0; n < 20; n++) socket.emit("echo", n);
  await socket.emitWithAck("echo", "end");
  assert.deepEqual(
    heard,
    Array.from({ length: 20 }, (_, n) => n),
  );
}

/** Two namespaces share a connection; each has its id. */
export async function sharesAConnection(place: Place): Promise<void> {
  const root = await joined(place, "/");
  const lab = root.io.socket("/lab");
  await next(lab, "connect");
  assert.notEqual(root.id, lab.id);
  assert.equal(await lab.emitWithAck("echo", 1), 1);
  lab.disconnect();
  assert.equal(await root.emitWithAck("echo", 2), 2);
}

/** A room's word reaches its members. */
export async function speaksInRooms(place: Place): Promise<void> {
  const [one, other] = await Promise.all([joined(place), joined(place)]);
  const room = "room" + Math.random();
  await Promise.all([one.emitWithAck("join", room), other.emitWithAck("join", room)]);
  const heard = next(other, "said");
  one.emit("say", room, "hello", bytes(1));
  assert.deepEqual(await heard, ["hello", bytes(1)]);
}

/** A refused namespace says why, and is not tried again. */
export async function isRefused(place: Place): Promise<void> {
  const socket = place.socket("/auth", { auth: { token: "wrong" }, query: { token: "wrong" } });
  const [error] = await next(socket, "connect_error");
  assert.equal(error.message, "auth failed");
  if (place.generation === 4) assert.deepEqual(error.data, { code: 401 });
  assert.equal(socket.active, false);
  const unknown = place.socket("/nope");
  assert.equal((await next(unknown, "connect_error"))[0].message, "Invalid namespace");
}

/** The token opens. */
export async function isLetIn(place: Place): Promise<void> {
  const socket = await joined(place, "/auth", { auth: { token: "secret" }, query: { token: "secret" } });
  const { query, auth } = (await socket.emitWithAck("handshake")) as any;
  assert.equal(query.token, "secret");
  if (place.generation === 4) assert.deepEqual(auth, { token: "secret" });
}

/** Kicked from a namespace, a client comes back only by hand. */
export async function isKicked(place: Place): Promise<void> {
  const socket = await joined(place);
  const left = next(socket, "disconnect");
  socket.emit("kick");
  assert.equal((await left)[0], "io server disconnect");
  assert.equal(socket.active, false);
  socket.connect();
  await next(socket, "connect");
  assert.equal(await socket.emitWithAck("echo", 1), 1);
}

/** A lost connection comes back, with what was emitted meanwhile. */
export async function comesBack(place: Place): Promise<void> {
  const socket = await joined(place, "/lab", { reconnectionDelay: 10 });
  const { id } = socket;
  const left = next(socket, "disconnect");
  socket.io.engine.close();
  await left;
  const answer = socket.emitWithAck("echo", "meanwhile");
  await next(socket, "connect");
  assert.notEqual(socket.id, id);
  assert.equal(await answer, "meanwhile");
}

/** Answers that do not come are errors, in time and at the end. */
export async function missesAnswers(place: Place): Promise<void> {
  const socket = await joined(place);
  await assert.rejects(socket.timeout(20).emitWithAck("silent"), { message: "operation has timed out" });
  const lost = assert.rejects(socket.emitWithAck("silent"), { message: "socket has been disconnected" });
  socket.disconnect();
  await lost;
}

/** The engine's generation is found out. */
export async function findsTheGenerationOut(place: Place): Promise<void> {
  const socket = await joined(place, "/");
  assert.equal(socket.io.engine.readyState, "open");
  assert.equal(socket.io.engineVersion(), `eio${place.generation}`);
  if (place.generation === 3) assert.equal(socket.id, socket.io.engine.id);
  else assert.notEqual(socket.id, socket.io.engine.id);
}
