/** Manager, Socket and engine with the real machine on a fake platform: transports, time, hints. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { inline } from "../../src/machine/inline.js";
import { Manager, type Socket } from "../../src/manager.js";
import { notifyWatchers, platform } from "../../src/platform.js";
import { TransportError } from "../../src/transport.js";
import { FakeHost, HANDSHAKE, thrown } from "./support/host.js";

const unreachable = () => new TransportError("websocket error", { message: "connect ECONNREFUSED 127.0.0.1:1" });

test("io() connects at once", () => {
  const host = new FakeHost();
  const socket = host.socket();
  assert.equal(host.transports.length, 1);
  assert.equal(host.transport.uri, "ws://host/socket.io/?EIO=4&transport=websocket");
  assert.equal(socket.io.engine.readyState, "opening");
});

test("events emitted before CONNECT are buffered, and sent in order", () => {
  const host = new FakeHost();
  const socket = host.socket();
  socket.emit("a", 1).emit("b", 2);
  assert.deepEqual(
    socket.sendBuffer.map(({ data }) => data),
    [
      ["a", 1],
      ["b", 2],
    ],
  );
  const { transport } = host;
  transport.on.opened();
  transport.receive(HANDSHAKE);
  assert.deepEqual(transport.takeSent(), ["40"]);
  transport.receive('40{"sid":"ID"}');
  assert.deepEqual(transport.takeSent(), ['42["a",1]', '42["b",2]']);
  assert.deepEqual(socket.sendBuffer, []);
});

test("no timer outlives the ack that it is for", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const answers: unknown[] = [];
  socket.timeout(60_000).emit("a", (...args: unknown[]) => answers.push(args));
  host.transport.receive("430[1]");
  assert.deepEqual(answers, [[null, 1]]);
  socket.disconnect();
  assert.equal(host.timers, 0);
});

test("no timer outlives a delay that reconnection(false) ends", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  host.transport.on.lost(undefined);
  assert.equal(host.timers, 1);
  socket.io.reconnection(false);
  assert.equal(host.timers, 0);
  socket.io.reconnection(true);
  socket.connect();
  assert.equal(host.transports.length, 2);
});

test("a server that refuses the version is asked for the other one, and the refusal is reported if that fails, too", () => {
  const websocket = (message?: string) => new TransportError("websocket error", { message });
  const polling = (status: number) => new TransportError("xhr poll error", status);
  for (const [refusal, kind, isFollowed] of [
    [polling(400), "polling", true],
    [polling(404), "polling", false],
    [polling(0), "polling", false],
    [websocket("Unexpected server response: 400"), "websocket", true],
    [websocket("Unexpected server response: 404"), "websocket", false],
    [websocket("connect ECONNREFUSED 127.0.0.1:1"), "websocket", false],
    // Browsers do not tell why.
    [websocket(), "websocket", true],
  ] as const) {
    const host = new FakeHost();
    const socket = host.socket({ transports: [kind], reconnection: false });
    const errors: unknown[] = [];
    socket.on("connect_error", (error) => errors.push(error));
    host.transport.on.lost(refusal);
    if (isFollowed) {
      assert.deepEqual(errors, []);
      assert.match(host.transport.uri, /EIO=3/);
      host.transport.on.lost(new TransportError("another error", 503));
    }
    assert.deepEqual(errors, [refusal]);
    assert.equal(host.transports.length, isFollowed ? 2 : 1);
  }
});

test("a WebSocket that fails without a reason is not taken for a refusal once the manager was connected", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket({ reconnectionDelay: 100 });
  host.transport.on.lost(undefined);
  host.advance(100);
  host.transport.on.lost(new TransportError("websocket error", {}));
  assert.equal(host.transports.length, 2);
  socket.disconnect();
});

test("a disconnect at the moment of an attempt, and one in reconnect_attempt, leave a manager that opens", () => {
  for (const isInListener of [false, true]) {
    const host = new FakeHost();
    const socket = host.connectedSocket({ reconnectionDelay: 100, transports: ["websocket"] });
    host.transport.on.lost(undefined);
    if (isInListener) {
      socket.io.on("reconnect_attempt", () => socket.disconnect());
      host.advance(100);
    } else {
      host.sleep(200);
      socket.disconnect();
    }
    assert.equal(socket.io._readyState, "closed");
    const opened = host.transports.length;
    socket.io.open();
    assert.equal(host.transports.length, opened + 1);
  }
});

test("a manager that is opened again in a listener of disconnect stays open", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  socket.once("disconnect", () => socket.connect());
  socket.io._close();
  assert.equal(socket.io._readyState, "opening");
  socket.io.open();
  host.accept();
  assert.equal(socket.connected, true);
});

test("auth may be given by a promise", async () => {
  const host = new FakeHost();
  host.socket({ auth: async () => ({ token: 1 }) });
  const { transport } = host;
  transport.on.opened();
  transport.receive(HANDSHAKE);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(transport.takeSent(), ['40{"token":1}']);
});

test("a namespace that is connected and kicked in one turn hears of the kick alone, and one that is lost so of the loss once", () => {
  for (const [last, reason] of [
    ["41", "io server disconnect"],
    ["malformed", "transport error"],
  ] as const) {
    const host = new FakeHost();
    const socket = host.socket({ transports: ["polling"], upgrade: false, reconnection: false });
    const seen: string[] = [];
    socket.on("connect", () => seen.push("connect"));
    socket.on("disconnect", (reason) => seen.push(reason));
    host.transport.receive(HANDSHAKE);
    host.transports.filter(({ body }) => body !== undefined).forEach((post) => post.receive("ok"));
    const polls = host.transports.filter(({ body }) => body === undefined);
    polls[polls.length - 1]?.receive(`40{"sid":"ID"}\u001e${last}`);
    assert.deepEqual(seen, ["connect", reason]);
  }
});

test("connect_error has the server's message and data, from Socket.IO 2.x and 4.x", () => {
  const OLD = '0{"sid":"SID","upgrades":[],"pingInterval":25000,"pingTimeout":20000}';
  const refused = (handshake: string, refusal: string) => {
    const host = new FakeHost();
    const socket = host.socket({}, "/x");
    const errors: [string, unknown][] = [];
    socket.on("connect_error", (error: any) => errors.push([error.message, error.data]));
    host.transport.on.opened();
    host.transport.receive(handshake, ...(handshake === OLD ? ["40"] : []), `44/x,${refusal}`);
    return errors;
  };
  assert.deepEqual(refused(HANDSHAKE, '{"message":"no","data":{"code":1}}'), [["no", { code: 1 }]]);
  assert.deepEqual(refused(HANDSHAKE, '{"message":"no"}'), [["no", undefined]]);
  assert.deepEqual(refused(OLD, '"no"'), [["no", undefined]]);
  assert.deepEqual(refused(OLD, '{"code":1}'), [["refused by the server", { code: 1 }]]);
  assert.deepEqual(refused(OLD, '{"message":"no","code":1}'), [["no", { message: "no", code: 1 }]]);
});

test("the reconnection delay grows with the attempts", () => {
  const host = new FakeHost();
  const socket = host.socket({ reconnectionDelay: 100, reconnectionDelayMax: 300 });
  const attempts: [number, number][] = [];
  socket.io.on("reconnect_attempt", (attempt) => attempts.push([attempt, host.time - 1e6]));
  for (let i = 0; i < 4; i++) {
    host.transport.on.lost(unreachable());
    host.advance(i < 1 ? 100 : i < 2 ? 200 : 300);
  }
  assert.deepEqual(attempts, [
    [1, 100],
    [2, 300],
    [3, 600],
    [4, 900],
  ]);
});

test("the first emit after a sleep detects the missed heartbeat", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const reasons: string[] = [];
  socket.on("disconnect", (reason) => reasons.push(reason));
  host.sleep(60_000);
  socket.emit("a");
  assert.deepEqual(reasons, ["ping timeout"]);
  assert.equal(socket.sendBuffer.length, 1);
});

test("closing leaves no timer", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  assert.equal(host.timers, 1);
  socket.disconnect();
  assert.equal(host.timers, 0);
  assert.ok(host.transport.closed);
});

test("events of a closed transport are ignored", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const { transport } = host;
  socket.disconnect();
  transport.on.received('42["a"]');
  transport.on.lost(undefined, {});
  assert.equal(socket.connected, false);
});

test("offline ends the connection at once, and online reconnects", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const received: unknown[] = [];
  socket.on("disconnect", (...args) => received.push(args));
  notifyWatchers("offline");
  assert.deepEqual(received, [["transport close", { description: "network connection lost" }]]);
  assert.equal(host.transports.length, 1);
  notifyWatchers("online");
  assert.equal(host.transports.length, 2);
  socket.disconnect();
});

test("offline does not end a connection to localhost", () => {
  const local = new FakeHost();
  const here = new Manager("http://localhost", { transports: ["websocket"] });
  const other = here.socket("/");
  local.accept();
  notifyWatchers("offline");
  assert.ok(other.connected);
  other.disconnect();
});

test("an error in a listener stops neither the machine nor later events", (t) => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const errors: unknown[] = [];
  t.mock.method(globalThis, "queueMicrotask", (run: () => void) => errors.push(thrown(run)));
  const received: string[] = [];
  socket.on("a", () => {
    throw new Error("from the listener");
  });
  socket.on("b", () => received.push("b"));
  host.transport.receive('42["a"]', '42["b"]');
  assert.deepEqual(received, ["b"]);
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ["from the listener"],
  );
  assert.ok(socket.connected);
});

test("a body of several packets is read to its end, even if a listener disconnects another namespace", () => {
  const host = new FakeHost();
  const manager = host.manager({ transports: ["polling"] });
  const [a, b] = ["/", "/b"].map((name) => manager.socket(name)) as [any, any];
  host.transport.receive(HANDSHAKE);
  const get = host.transports.filter(({ body }) => body === undefined)[1];
  get?.receive('40{"sid":"A"}\x1e40/b,{"sid":"B"}\x1e42["x"]\x1e42/b,["x"]\x1e42["y"]');
  assert.equal(a.connected && b.connected, true);
  const received: string[] = [];
  a.on("x", () => b.disconnect()).on("y", () => received.push("y"));
  b.on("x", () => received.push("b"));
  const next = host.transports.filter(({ body }) => body === undefined)[2];
  next?.receive('42["x"]\x1e42/b,["x"]\x1e42["y"]');
  assert.deepEqual(received, ["y"]);
});

/** Returns an Engine.IO 3 body. */
const body3 = (...packets: string[]) => packets.map((packet) => packet.length + ":" + packet).join("");

test("polling: bodies have the form of the server's Engine.IO version", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  assert.equal(host.transport.opts._supportsBinary, true);
  host.transport.receive(body3('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000,"x":"é"}', "40"));
  assert.ok(socket.connected);
  socket.emit("a", "😀");
  const posts = host.transports.filter(({ body }) => body !== undefined);
  assert.equal(posts.map(({ body }) => body).join(), '12:42["a","😀"]');
});

test("polling: Engine.IO 3 sends binary bodies", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  const received: unknown[] = [];
  socket.on("a", (...args) => received.push(...args));
  host.transport.receive(body3('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000}', "40"));
  const head = [...Buffer.from('451-["a",{"_placeholder":true,"num":0}]')];
  const digits = (n: number) => [...String(n)].map(Number);
  const body = [0, ...digits(head.length), 255, ...head, 1, 3, 255, 4, 7, 8];
  host.transport.receive(Uint8Array.from(body).buffer);
  assert.deepEqual(
    received.map((data) => [...new Uint8Array(data as ArrayBuffer)]),
    [[7, 8]],
  );
});

test("an upgrade from polling to a WebSocket", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling", "websocket"] });
  const received: string[] = [];
  socket.io.engine.on("upgrade", (transport) => received.push(transport.name));
  host.transport.receive(HANDSHAKE.replace("[]", '["websocket"]'));
  const upgrade = host.transports.find(({ kind }) => kind === "websocket");
  assert.equal(upgrade?.uri, "ws://host/socket.io/?EIO=4&transport=websocket&sid=SID");
  upgrade?.on.opened();
  assert.deepEqual(upgrade?.takeSent(), ["2probe"]);
  upgrade?.receive("3probe");
  for (const transport of host.transports)
    if (transport.kind === "polling" && !transport.closed) transport.receive(transport.body === undefined ? '40{"sid":"ID"}' : "ok");
  assert.deepEqual(upgrade?.takeSent(), ["5"]);
  assert.deepEqual(received, ["websocket"]);
  socket.emit("a");
  assert.deepEqual(upgrade?.takeSent(), ['42["a"]']);
});

test("a session that ends during its upgrade fails the upgrade, and the next session starts clean", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling", "websocket"], rememberUpgrade: true, reconnectionDelay: 10 });
  const errors: string[] = [];
  socket.io.engine.on("upgradeError", ({ message }) => errors.push(message));
  host.transport.receive(HANDSHAKE.replace("[]", '["websocket"]'));
  host.transports.find(({ kind, body }, at) => at > 0 && kind === "polling" && body === undefined)?.on.lost(new TransportError("xhr poll error", 0));
  assert.deepEqual(errors, ["probe error: socket closed"]);
  socket.io.opts.transports = ["websocket"];
  host.advance(10);
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE, '40{"sid":"ID"}');
  assert.equal(socket.io.engine.id, "SID");
  assert.ok(socket.connected);
});

test("binary frames: plain, with the type byte of Engine.IO 3, or as base64", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const data = Uint8Array.of(1, 2);
  socket.compress(false).emit("a", data);
  assert.deepEqual(host.transport.compressed.splice(0).slice(-2), [false, false]);
  assert.deepEqual(host.transport.takeSent(), ['451-["a",{"_placeholder":true,"num":0}]', data]);
  socket.disconnect();

  const old = host.socket();
  host.transport.on.opened();
  host.transport.receive('0{"sid":"OLD","upgrades":[],"pingInterval":25000,"pingTimeout":5000}', "40");
  old.emit("a", data.buffer);
  assert.deepEqual(host.transport.takeSent().slice(-1), [Uint8Array.of(4, 1, 2)]);
  old.disconnect();

  const text = host.connectedSocket({ forceBase64: true });
  text.emit("a", data);
  assert.deepEqual(host.transport.takeSent().slice(-1), ["bAQI="]);
  const received: unknown[] = [];
  text.on("b", (bytes) => received.push(bytes));
  host.transport.receive('451-["b",{"_placeholder":true,"num":0}]', "bAQI=");
  assert.deepEqual(received, [data.buffer]);
});

test("a blob is read before it is posted", async () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  host.transport.receive(HANDSHAKE);
  const connect = host.transports.find(({ body }) => body === "40");
  const get = host.transports.find(({ body }, at) => at > 0 && body === undefined);
  connect?.receive("ok");
  get?.receive('40{"sid":"ID"}');
  const before = host.transports.length;
  socket.emit("a", new Blob(["hi"]));
  socket.emit("b");
  assert.equal(host.transports.slice(before).filter(({ body }) => body !== undefined).length, 0);
  await host.created(before + 1);
  const post = host.transports.slice(before).find(({ body }) => body !== undefined);
  assert.equal(post?.body, '451-["a",{"_placeholder":true,"num":0}]\x1ebaGk=');
  post?.receive("ok");
  assert.equal(host.transport.body, '42["b"]');
});

test("volatile events are dropped while the transport is congested", async () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  host.transport.buffered = 1;
  const lost = socket.volatile.timeout(1000).emitWithAck("a");
  socket.emit("b");
  assert.deepEqual(host.transport.takeSent(), ['42["b"]']);
  await assert.rejects(lost, { message: "the event was dropped before it was sent" });
  host.transport.buffered = 0;
  socket.volatile.emit("c");
  assert.deepEqual(host.transport.takeSent(), ['42["c"]']);
});

test("pongs that the platform cannot send are bounded, and the next one after them goes", () => {
  const host = new FakeHost();
  host.connectedSocket();
  const { transport } = host;
  transport.buffered = 1;
  transport.receive(...Array(5000).fill("2"));
  assert.deepEqual(transport.takeSent(), Array(1000).fill("3"));
  transport.buffered = 0;
  transport.receive("2");
  assert.deepEqual(transport.takeSent(), ["3"]);
});

test("settings take effect while the machine runs", () => {
  const host = new FakeHost();
  const socket = host.socket({ reconnectionDelay: 1000 });
  socket.io.reconnectionDelay(10);
  host.transport.on.lost(unreachable());
  host.advance(10);
  assert.equal(host.transports.length, 2);
  socket.io.reconnection(false);
  host.transport.on.lost(unreachable());
  host.advance(100_000);
  assert.equal(host.transports.length, 2);
});

test("a core that loads later runs the commands issued before", async () => {
  let give: (make: any) => void = () => {};
  const coming = new Promise<any>((resolve) => (give = resolve));
  const host = new FakeHost(() => coming);
  const socket = host.socket();
  const other = socket.io.socket("/other");
  socket.emit("a", 1);
  const answer = socket.emitWithAck("b");
  assert.equal(host.transports.length, 1);
  assert.equal(socket.sendBuffer.length, 2);
  assert.ok(socket.active);
  give(inline());
  await coming;
  await Promise.resolve();
  assert.equal(host.transports.length, 1);
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE, '40{"sid":"ID"}', '40/other,{"sid":"OTHER"}', '430["yes"]');
  assert.ok(socket.connected && other.connected);
  assert.deepEqual(host.transport.takeSent(), ["40", "40/other,", '42["a",1]', '420["b"]']);
  assert.equal(await answer, "yes");
});

test("the first link opens before the core is compiled", () => {
  let opened = 0;
  const host: FakeHost = new FakeHost(() => {
    opened = host.transports.length;
    return inline();
  });
  const socket = host.connectedSocket();
  assert.deepEqual([opened, host.transports.length, socket.connected], [1, 1, true]);
  host.connectedSocket();
  assert.equal(host.transports.length, 2);
});

test("a core that cannot be compiled closes the first link", () => {
  const host = new FakeHost(() => {
    throw new Error("no WebAssembly");
  });
  assert.equal(thrown(() => host.socket())?.message, "no WebAssembly");
  assert.deepEqual([host.transports.length, host.transport.closed], [1, true]);
});

test("disconnect() closes the first link while the core is loaded", async () => {
  let give: (make: any) => void = () => {};
  const host = new FakeHost(() => new Promise<any>((resolve) => (give = resolve)));
  const socket = host.socket();
  socket.disconnect();
  assert.equal(host.transport.closed, true);
  give(inline());
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(host.transports.every(({ closed }) => closed));
  socket.connect();
  host.accept();
  assert.equal(socket.connected, true);
});

test("a connection lost right after the page returns is retried without a delay, once", () => {
  const host = new FakeHost();
  host.connectedSocket({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  host.advance(10_000);
  notifyWatchers("foreground");
  host.transport.on.lost(unreachable());
  host.advance(0);
  assert.equal(host.transports.length, 2);
  host.transport.on.lost(unreachable());
  host.advance(59_999);
  assert.equal(host.transports.length, 2);
  host.advance(1);
  assert.equal(host.transports.length, 3);
});

test("a connection lost later is retried after the usual delay", () => {
  const host = new FakeHost();
  host.connectedSocket({ reconnectionDelay: 60_000, reconnectionDelayMax: 60_000 });
  notifyWatchers("foreground");
  host.advance(5000);
  host.transport.on.lost(unreachable());
  host.advance(59_999);
  assert.equal(host.transports.length, 1);
});

test("a reconnection that becomes due while it is called off does not begin", () => {
  for (let left = 0; left < 5; left++) {
    for (const end of [(socket: Socket) => socket.disconnect(), (socket: Socket) => socket.io._close()]) {
      const host = new FakeHost();
      const { clock } = platform;
      /** How many milliseconds pass with each look at the clock. */
      let pace = 0;
      const now = (least?: number) => {
        host.sleep(pace);
        return clock().now(least);
      };
      platform.clock = () => ({ ...clock(), now });
      const socket = host.connectedSocket({ reconnectionDelay: 10 });
      host.transport.on.lost(undefined);
      host.advance(10 - left);
      pace = 1;
      end(socket);
      pace = 0;
      host.advance(1000);
      assert.deepEqual([socket.io._readyState, host.transports.filter(({ closed }) => !closed).length], ["closed", 0], `${left} ms before`);
    }
  }
});
