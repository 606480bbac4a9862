/** `tidewire/peers` against the vectors of the core, and with a socket of the test. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { readOnline, sign } from "../../src/entry/envelope.js";
import { Members, Peers, type PeersOptions, Registration } from "../../src/entry/peers.js";
import { isSignatureRefusal } from "../../src/peers/registration.js";

const VECTORS = join(process.cwd(), "../../client-core/tests/vectors/peers.json");

const run = {
  members({ name, own, steps }: any) {
    const members = new Members();
    for (const { online, changes, ids, details } of steps) {
      if (!online) members.clear();
      const changed = online ? members.apply(own, readOnline(online)) : [];
      assert.deepEqual(
        changed.map(({ type, id }) => (type === "join" ? "+" : "-") + id),
        changes,
        name,
      );
      assert.deepEqual(members.ids, ids, name);
      for (const id in details) assert.deepEqual(members.detail(id), details[id], name);
    }
  },
  registration({ name, app, steps }: any) {
    const registration = new Registration(app);
    for (const { saveId, saved, meta, is } of steps) {
      if (saveId) assert.equal(registration.save(saveId), saved, name);
      else assert.deepEqual(registration.meta(meta.action, meta.target), is, name);
    }
  },
  refusal({ name, payload, is }: any) {
    assert.equal(isSignatureRefusal(payload), is, name);
  },
};

for (const one of JSON.parse(readFileSync(VECTORS, "utf8"))) test(one.name, () => run[one.op as keyof typeof run](one));

test("the members are bounded", () => {
  const members = new Members();
  for (let batch = 0; batch < 3; batch++) {
    const clients = Array.from({ length: 50_000 }, (_, n) => `${batch}-${n}`);
    members.apply("me", readOnline({ clients, action: "join" }));
  }
  assert.equal(members.ids.length, 100_000);
});

/** A socket that keeps what is emitted, and lets the test be the server. */
class TestSocket {
  id: string | undefined = "s1";
  readonly emitted: unknown[][] = [];
  ended = 0;
  private readonly any: ((...args: any[]) => void)[] = [];
  private disconnected: ((...args: any[]) => void)[] = [];

  on(event: string, listener: (...args: any[]) => void) {
    assert.equal(event, "disconnect");
    this.disconnected.push(listener);
  }
  off(_event: string, listener: (...args: any[]) => void) {
    this.disconnected = this.disconnected.filter((own) => own !== listener);
  }
  onAny(listener: (...args: any[]) => void) {
    this.any.push(listener);
  }
  offAny(listener: (...args: any[]) => void) {
    this.any.splice(this.any.indexOf(listener), 1);
  }
  emit(...args: unknown[]) {
    this.emitted.push(args);
  }
  disconnect() {
    this.ended++;
  }
  receive(event: string, ...args: unknown[]) {
    for (const listener of this.any.slice()) listener(event, ...args);
  }
  lose() {
    for (const listener of this.disconnected.slice()) listener("transport close");
  }
  get listeners() {
    return this.any.length + this.disconnected.length;
  }
}

/** Peers, and a log of all that their listeners hear. */
function peersOf(socket: TestSocket, options?: PeersOptions) {
  const peers = new Peers(socket, options);
  const heard: unknown[][] = [];
  for (const event of ["join", "leave", "registered"] as const) peers.on(event, (value: unknown) => heard.push([event, value]));
  for (const event of ["message", "denied"] as const) peers.on(event, (payload, { sender }) => heard.push([event, payload, sender]));
  peers.on("error", ({ name, message }) => heard.push(["error", name, message]));
  return { peers, heard };
}

const exchange = (payload: unknown, meta: object = {}, action = "exchange") => ({ data: { action, payload }, meta });

test("messages are events that are named by the own id, and members come and go", async () => {
  const socket = new TestSocket();
  const { peers, heard } = peersOf(socket);
  socket.receive("online", { clients: ["s1", "s2"], action: "join", message: "User(s1) joined." });
  socket.receive("s2", exchange("not for this client"));
  socket.receive("s1", exchange({ msg: "你好" }, { client: "s2" }));
  socket.receive("other", 1);
  assert.deepEqual(peers.online, ["s2"]);
  socket.receive("online", { clients: {}, action: "leave", message: "User(s2) leaved." });
  assert.deepEqual(heard, [
    ["join", "s2"],
    ["message", { msg: "你好" }, "s2"],
    ["leave", "s2"],
  ]);
  await peers.send("s2", [1]);
  await assert.rejects(peers.send(undefined, 1), TypeError);
  assert.deepEqual(socket.emitted, [["exchange", { target: "s2", payload: [1] }]]);
  socket.receive("online", { clients: ["s2"], action: "join" });
  socket.lose();
  assert.deepEqual(peers.online, []);
  peers.close();
  assert.equal(socket.listeners, 0);
});

test("a denied client leaves, unless it is told to stay", () => {
  for (const leaveWhenDenied of [undefined, false]) {
    const socket = new TestSocket();
    const { heard } = peersOf(socket, leaveWhenDenied === undefined ? {} : { leaveWhenDenied });
    socket.receive("s1", exchange({ type: "deleted" }, {}, "deny"));
    assert.deepEqual(heard, [["denied", { type: "deleted" }, undefined]]);
    assert.equal(socket.ended, leaveWhenDenied === false ? 0 : 1);
  }
});

test("an event that cannot be read is an error, and a listener that throws is the application's", () => {
  const socket = new TestSocket();
  const { peers, heard } = peersOf(socket);
  for (const bad of [undefined, 7, [], { data: {} }]) socket.receive("s1", bad);
  socket.receive("online", { clients: [1], action: "join" });
  assert.equal(heard.filter(([event, name]) => event === "error" && name === "TypeError").length, 5);
  peers.on("message", () => {
    throw new Error("of the application");
  });
  assert.throws(() => socket.receive("s1", exchange(1)), /of the application/);
});

const KEY = "0123456789abcdef0123456789abcdef";
const APP = "signatureApp";
const ids = (socketId: string, userId: string) => exchange({ socketId, userId }, {}, "saveId");
const turn = () => new Promise((resolve) => setImmediate(resolve));

test("mobile-sdk: the first identity is kept, and each message is signed", async () => {
  const socket = new TestSocket();
  const { peers, heard } = peersOf(socket, { app: APP, sign: async ({ app, timestamp }) => sign(app, KEY, timestamp) });
  await assert.rejects(peers.request("requestId"), /registered/);
  socket.receive("responseMessage", ids("s1", "u1"));
  await assert.rejects(peers.send("s2", 1), TypeError);
  await peers.send({ socketId: "s2", userId: "u2" }, "hi");
  socket.lose();
  socket.receive("responseMessage", ids("s3", "u3"));
  await turn();
  socket.receive("responseMessage", exchange("socket userid updated!", {}, "reconnectUpdated"));
  const sent = socket.emitted.map(([event, message]: any) => {
    const { timestamp, sign: signature, ...meta } = message.meta;
    assert.equal(signature, sign(APP, KEY, timestamp));
    return [event, message.data, meta];
  });
  assert.deepEqual(sent, [
    ["requestMessage", { action: "sendToOthers", payload: "hi" }, { app: APP, client: "s1", target: "s2", userId: "u2" }],
    ["requestMessage", { action: "reconnectAndUpdates", payload: "reconnect socket!" }, { app: APP, client: "s3", target: "s3", userId: "u1" }],
  ]);
  assert.deepEqual(heard, [
    ["registered", { socketId: "s1", userId: "u1" }],
    ["registered", { socketId: "s3", userId: "u1" }],
  ]);
  socket.receive("responseMessage", exchange("Illegal signature, disconnected client s3"));
  assert.deepEqual([heard.pop()?.[0], socket.ended], ["denied", 1]);
  assert.throws(() => new Peers(socket, { app: APP }), TypeError);
});

test("mobile-sdk: slow and failing signatures change no order", async () => {
  const socket = new TestSocket();
  const answers: any[] = [];
  const { peers } = peersOf(socket, { app: APP, sign: () => new Promise((resolve) => answers.push(resolve)) });
  socket.receive("responseMessage", ids("s1", "u1"));
  const target = { socketId: "s2", userId: "u2" };
  const sending = [1, 2, 3].map((payload) => peers.send(target, payload));
  answers[2]("third");
  await turn();
  assert.equal(socket.emitted.length, 0);
  answers[1](Promise.reject(new Error("no key")));
  answers[0]("first");
  const outcomes = await Promise.allSettled(sending);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(
    socket.emitted.map(([, message]: any) => [message.data.payload, message.meta.sign]),
    [
      [1, "first"],
      [3, "third"],
    ],
  );
});
