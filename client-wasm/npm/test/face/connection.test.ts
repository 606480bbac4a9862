/** Manager, Socket and engine over the machine, in a world of its own: links, time, hints. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { TransportError } from "../../src/carriers.js";
import { Manager } from "../../src/manager.js";
import { tell } from "../../src/platform.js";
import { GREETING, thrown, World } from "./support/world.js";

test("opening begins at once", () => {
  const world = new World();
  const socket = world.socket();
  assert.equal(world.wires.length, 1);
  assert.equal(world.wire.uri, "ws://host/socket.io/?EIO=4&transport=websocket");
  assert.equal(socket.io.engine.readyState, "opening");
});

test("what is emitted before waits, and goes in order when the namespace is connected", () => {
  const world = new World();
  const socket = world.socket();
  socket.emit("a", 1).emit("b", 2);
  assert.deepEqual(
    socket.sendBuffer.map(({ data }) => data),
    [
      ["a", 1],
      ["b", 2],
    ],
  );
  const { wire } = world;
  wire.on.opened();
  wire.hear(GREETING);
  assert.deepEqual(wire.said(), ["40"]);
  wire.hear('40{"sid":"ID"}');
  assert.deepEqual(wire.said(), ['42["a",1]', '42["b",2]']);
  assert.deepEqual(socket.sendBuffer, []);
});

test("a refusal says what the server said, in the form of each generation", () => {
  const OLD = '0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
  const refused = (greeting: string, said: string) => {
    const world = new World();
    const socket = world.socket({}, "/x");
    const errors: [string, unknown][] = [];
    socket.on("connect_error", (error: any) => errors.push([error.message, error.data]));
    world.wire.on.opened();
    world.wire.hear(greeting, ...(greeting === OLD ? ["40"] : []), `44/x,${said}`);
    return errors;
  };
  assert.deepEqual(refused(GREETING, '{"message":"no","data":{"code":1}}'), [["no", { code: 1 }]]);
  assert.deepEqual(refused(GREETING, '{"message":"no"}'), [["no", undefined]]);
  assert.deepEqual(refused(OLD, '"no"'), [["no", undefined]]);
  assert.deepEqual(refused(OLD, '{"code":1}'), [['{"code":1}', { code: 1 }]]);
  assert.deepEqual(refused(OLD, '{"message":"no","code":1}'), [["no", { message: "no", code: 1 }]]);
});

test("delays between attempts grow, and the count with them", () => {
  const world = new World();
  const socket = world.socket({ reconnectionDelay: 100, reconnectionDelayMax: 300 });
  const attempts: [number, number][] = [];
  socket.io.on("reconnect_attempt", (attempt) => attempts.push([attempt, world.time - 1e6]));
  for (let i = 0; i < 4; i++) {
    world.wire.on.lost(new TransportError("websocket error", 0));
    world.pass(i < 1 ? 100 : i < 2 ? 200 : 300);
  }
  assert.deepEqual(attempts, [
    [1, 100],
    [2, 300],
    [3, 600],
    [4, 900],
  ]);
});

test("a heartbeat that is missed while the device sleeps is noticed by the first emit", () => {
  const world = new World();
  const socket = world.joined();
  const reasons: string[] = [];
  socket.on("disconnect", (reason) => reasons.push(reason));
  world.sleep(60_000);
  socket.emit("a");
  assert.deepEqual(reasons, ["ping timeout"]);
  assert.equal(socket.sendBuffer.length, 1);
});

test("no timer is left when all is closed", () => {
  const world = new World();
  const socket = world.joined();
  assert.equal(world.timers, 1);
  socket.disconnect();
  assert.equal(world.timers, 0);
  assert.ok(world.wire.closed);
});

test("late news of a link that was given up is not heard", () => {
  const world = new World();
  const socket = world.joined();
  const { wire } = world;
  socket.disconnect();
  wire.on.heard('42["a"]');
  wire.on.lost(undefined, {});
  assert.equal(socket.connected, false);
});

test("without a network the connection ends at once, and comes back with it", () => {
  const world = new World();
  const socket = world.joined();
  const heard: unknown[] = [];
  socket.on("disconnect", (...args) => heard.push(args));
  tell("offline");
  assert.deepEqual(heard, [["transport close", { description: "network connection lost" }]]);
  assert.equal(world.wires.length, 1);
  tell("online");
  assert.equal(world.wires.length, 2);
  socket.disconnect();
});

test("the network's state is nothing to a server on this machine", () => {
  const local = new World();
  const here = new Manager("http://localhost", { transports: ["websocket"] });
  const other = here.socket("/");
  local.greet();
  tell("offline");
  assert.ok(other.connected);
  other.disconnect();
});

test("a listener that throws stops neither the machine nor what comes after", (t) => {
  const world = new World();
  const socket = world.joined();
  const errors: unknown[] = [];
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) => errors.push(thrown(run)));
  const heard: string[] = [];
  socket.on("a", () => {
    throw new Error("mine");
  });
  socket.on("b", () => heard.push("b"));
  world.wire.hear('42["a"]', '42["b"]');
  assert.deepEqual(heard, ["b"]);
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ["mine"],
  );
  assert.ok(socket.connected);
});

test("a body of several packets is heard whole, though the first listener disconnects another namespace", () => {
  const world = new World();
  const manager = world.manager({ transports: ["polling"] });
  const [a, b] = ["/", "/b"].map((name) => manager.socket(name)) as [any, any];
  world.wire.hear(GREETING);
  const get = world.wires.filter(({ body }) => body === undefined)[1];
  get?.hear('40{"sid":"A"}\x1e40/b,{"sid":"B"}\x1e42["x"]\x1e42/b,["x"]\x1e42["y"]');
  assert.equal(a.connected && b.connected, true);
  const heard: string[] = [];
  a.on("x", () => b.disconnect()).on("y", () => heard.push("y"));
  b.on("x", () => heard.push("b"));
  const next = world.wires.filter(({ body }) => body === undefined)[2];
  next?.hear('42["x"]\x1e42/b,["x"]\x1e42["y"]');
  assert.deepEqual(heard, ["y"]);
});

/** A body of Engine.IO 3. */
const lengths = (...packets: string[]) => packets.map((packet) => packet.length + ":" + packet).join("");

test("polling: requests of one session, bodies in the server's form", () => {
  const world = new World();
  const socket = world.socket({ transports: ["polling"] });
  assert.equal(world.wire.opts.octets, true);
  world.wire.hear(lengths('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000,"x":"é"}', "40"));
  assert.ok(socket.connected);
  socket.emit("a", "😀");
  const posts = world.wires.filter(({ body }) => body !== undefined);
  assert.equal(posts.map(({ body }) => body).join(), '12:42["a","😀"]');
});

test("polling: binary of Engine.IO 3 comes as bytes", () => {
  const world = new World();
  const socket = world.socket({ transports: ["polling"] });
  const heard: unknown[] = [];
  socket.on("a", (...args) => heard.push(...args));
  world.wire.hear(lengths('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000}', "40"));
  const head = [...Buffer.from('451-["a",{"_placeholder":true,"num":0}]')];
  const digits = (n: number) => [...String(n)].map(Number);
  const body = [0, ...digits(head.length), 255, ...head, 1, 3, 255, 4, 7, 8];
  world.wire.hear(Uint8Array.from(body).buffer);
  assert.deepEqual(
    heard.map((data) => [...new Uint8Array(data as ArrayBuffer)]),
    [[7, 8]],
  );
});

test("a climb: polling, then a WebSocket", () => {
  const world = new World();
  const socket = world.socket({ transports: ["polling", "websocket"] });
  const heard: string[] = [];
  socket.io.engine.on("upgrade", (transport) => heard.push(transport.name));
  world.wire.hear(GREETING.replace("[]", '["websocket"]'));
  const climb = world.wires.find(({ kind }) => kind === "websocket");
  assert.equal(climb?.uri, "ws://host/socket.io/?EIO=4&transport=websocket&sid=SID");
  climb?.on.opened();
  assert.deepEqual(climb?.said(), ["2probe"]);
  climb?.hear("3probe");
  for (const wire of world.wires) if (wire.kind === "polling" && !wire.closed) wire.hear(wire.body === undefined ? '40{"sid":"ID"}' : "ok");
  assert.deepEqual(climb?.said(), ["5"]);
  assert.deepEqual(heard, ["websocket"]);
  socket.emit("a");
  assert.deepEqual(climb?.said(), ['42["a"]']);
});

test("a session that ends during its climb takes it along, and the next one begins anew", () => {
  const world = new World();
  const socket = world.socket({ transports: ["polling", "websocket"], rememberUpgrade: true, reconnectionDelay: 10 });
  const errors: string[] = [];
  socket.io.engine.on("upgradeError", ({ message }) => errors.push(message));
  world.wire.hear(GREETING.replace("[]", '["websocket"]'));
  world.wires.find(({ kind, body }, at) => at > 0 && kind === "polling" && body === undefined)?.on.lost(new TransportError("xhr poll error", 0));
  assert.deepEqual(errors, ["probe error: socket closed"]);
  socket.io.opts.transports = ["websocket"];
  world.pass(10);
  world.wire.on.opened();
  world.wire.hear(GREETING, '40{"sid":"ID"}');
  assert.equal(socket.io.engine.id, "SID");
  assert.ok(socket.connected);
});

test("frames of binary: as they are, with Engine.IO 3's type, or as text", () => {
  const world = new World();
  const socket = world.joined();
  const data = Uint8Array.of(1, 2);
  socket.compress(false).emit("a", data);
  assert.deepEqual(world.wire.compressed.splice(0).slice(-2), [false, false]);
  assert.deepEqual(world.wire.said(), ['451-["a",{"_placeholder":true,"num":0}]', data]);
  socket.disconnect();

  const old = world.socket();
  world.wire.on.opened();
  world.wire.hear('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000}', "40");
  old.emit("a", data.buffer);
  assert.deepEqual(world.wire.said().slice(-1), [Uint8Array.of(4, 1, 2)]);
  old.disconnect();

  const text = world.joined({ forceBase64: true });
  text.emit("a", data);
  assert.deepEqual(world.wire.said().slice(-1), ["bAQI="]);
  const heard: unknown[] = [];
  text.on("b", (bytes) => heard.push(bytes));
  world.wire.hear('451-["b",{"_placeholder":true,"num":0}]', "bAQI=");
  assert.deepEqual(heard, [data.buffer]);
});

test("a blob is read before it is posted", async () => {
  const world = new World();
  const socket = world.socket({ transports: ["polling"] });
  world.wire.hear(GREETING);
  const connect = world.wires.find(({ body }) => body === "40");
  const get = world.wires.find(({ body }, at) => at > 0 && body === undefined);
  connect?.hear("ok");
  get?.hear('40{"sid":"ID"}');
  const before = world.wires.length;
  socket.emit("a", new Blob(["hi"]));
  socket.emit("b");
  assert.equal(world.wires.slice(before).filter(({ body }) => body !== undefined).length, 0);
  await new Promise((resolve) => setImmediate(resolve));
  const post = world.wires.slice(before).find(({ body }) => body !== undefined);
  assert.equal(post?.body, '451-["a",{"_placeholder":true,"num":0}]\x1ebaGk=');
  post?.hear("ok");
  assert.equal(world.wire.body, '42["b"]');
});

test("what is volatile is dropped while the transport does not keep up", async () => {
  const world = new World();
  const socket = world.joined();
  world.wire.stuck = 1;
  const lost = socket.volatile.timeout(1000).emitWithAck("a");
  socket.emit("b");
  assert.deepEqual(world.wire.said(), ['42["b"]']);
  await assert.rejects(lost, { message: "the event was dropped" });
  world.wire.stuck = 0;
  socket.volatile.emit("c");
  assert.deepEqual(world.wire.said(), ['42["c"]']);
});

test("settings are changed while the machine runs", () => {
  const world = new World();
  const socket = world.socket({ reconnectionDelay: 1000 });
  socket.io.reconnectionDelay(10);
  world.wire.on.lost(new TransportError("websocket error", 0));
  world.pass(10);
  assert.equal(world.wires.length, 2);
  socket.io.reconnection(false);
  world.wire.on.lost(new TransportError("websocket error", 0));
  world.pass(100_000);
  assert.equal(world.wires.length, 2);
});

test("a core that comes later does what was asked before", async () => {
  const { inline } = await import("../../src/machine/inline.js");
  let give: (make: any) => void = () => {};
  const coming = new Promise<any>((resolve) => (give = resolve));
  const world = new World(() => coming);
  const socket = world.socket();
  const other = socket.io.socket("/other");
  socket.emit("a", 1);
  const answer = socket.emitWithAck("b");
  assert.equal(world.wires.length, 0);
  assert.equal(socket.sendBuffer.length, 2);
  assert.ok(socket.active);
  give(inline());
  await coming;
  await Promise.resolve();
  assert.equal(world.wires.length, 1);
  world.wire.on.opened();
  world.wire.hear(GREETING, '40{"sid":"ID"}', '40/other,{"sid":"OTHER"}', '430["yes"]');
  assert.ok(socket.connected && other.connected);
  assert.deepEqual(world.wire.said(), ["40", "40/other,", '42["a",1]', '420["b"]']);
  assert.equal(await answer, "yes");
});

test("a connection that ends right after the page is back is not waited for, once", () => {
  const world = new World();
  world.joined({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  world.pass(10_000);
  tell("foreground");
  world.wire.on.lost(new TransportError("websocket error", 0));
  world.pass(0);
  assert.equal(world.wires.length, 2);
  world.wire.on.lost(new TransportError("websocket error", 0));
  world.pass(59_999);
  assert.equal(world.wires.length, 2);
  world.pass(1);
  assert.equal(world.wires.length, 3);
});

test("one that ends later waits as always", () => {
  const world = new World();
  world.joined({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  tell("foreground");
  world.pass(1000);
  world.wire.on.lost(new TransportError("websocket error", 0));
  world.pass(59_999);
  assert.equal(world.wires.length, 1);
});
