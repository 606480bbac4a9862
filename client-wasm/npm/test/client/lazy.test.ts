/** `tidewire/lazy`: a connection whose code is loaded later does what one does that is there at once. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Transport } from "engine.io-client";
import { Manager as Reference } from "socket.io-client";

import { connections } from "../../src/connections.js";
import { createConnection } from "../../src/lazy-core.js";
import { type Manager, Socket } from "../../src/manager.js";
import type { ManagerOptions } from "../../src/options.js";
import type { ExtendedError } from "../../src/socket-types.js";
import { TransportError } from "../../src/transport.js";
import { type CreateConnection, WaitingConnection } from "../../src/waiting-connection.js";
import { FakeHost, HANDSHAKE, thrown } from "./support/host.js";

/** A host whose connections wait for their code until the test loads it. */
class LazyHost extends FakeHost {
  /** How often the code was asked for. */
  asked = 0;
  private _isLoaded = false;
  private _settle: [resolve: (create: CreateConnection) => void, reject: (error: unknown) => void][] = [];

  constructor() {
    super();
    const load = () => {
      this.asked++;
      if (this._isLoaded) return Promise.resolve(createConnection);
      return new Promise<CreateConnection>((...settle) => this._settle.push(settle));
    };
    connections._create = (manager) => new WaitingConnection(manager, load);
  }

  async load(): Promise<void> {
    this._isLoaded = true;
    for (const [resolve] of this._settle.splice(0)) resolve(createConnection);
    await turn();
  }

  async fail(error: Error): Promise<void> {
    for (const [, reject] of this._settle.splice(0)) reject(error);
    await turn();
  }
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

test("the first link is open before the code is loaded, and its packets wait for it", async () => {
  const host = new LazyHost();
  const socket = host.socket({ query: { a: "b" } });
  const { engine } = socket.io;
  const heard: unknown[] = [];
  engine.on("packet", ({ type }) => heard.push(type));
  socket.on("connect", () => heard.push(socket.id));
  assert.equal(host.transport.uri, "ws://host/socket.io/?a=b&EIO=4&transport=websocket");
  assert.deepEqual([engine.readyState, engine.transport.name, socket.active, socket.connected], ["opening", "websocket", true, false]);
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE);
  assert.deepEqual(host.transport.takeSent(), []);
  await host.load();
  assert.deepEqual(host.transport.takeSent(), ["40"]);
  host.transport.receive('40{"sid":"ID"}');
  assert.deepEqual(heard, ["open", "message", "ID"]);
  assert.equal(socket.io.engine, engine);
  assert.equal(host.transports.length, 1);
});

test("a first request over polling waits, too", async () => {
  const host = new LazyHost();
  const socket = host.socket({ transports: ["polling", "websocket"], upgrade: false });
  assert.match(host.transport.uri, /^http:\/\/host\/socket.io\/\?EIO=4&transport=polling&t=/);
  host.transport.receive(HANDSHAKE);
  await host.load();
  assert.deepEqual(
    host.transports.map(({ body }) => body),
    [undefined, undefined, "40"],
  );
  assert.equal(socket.io.engine.id, "SID");
});

test("a first link that is lost before the code is loaded is an attempt that failed", async () => {
  const host = new LazyHost();
  const socket = host.socket();
  const errors: string[] = [];
  socket.on("connect_error", ({ message }) => errors.push(message));
  host.transport.on.lost(new TransportError("unreachable", new Error("connect ECONNREFUSED")));
  assert.deepEqual(errors, []);
  await host.load();
  assert.deepEqual(errors, ["unreachable"]);
  host.advance(1000);
  assert.equal(host.transports.length, 2);
});

test("the version and the transport of the options are asked for", async () => {
  const host = new LazyHost();
  host.socket({ engineVersion: "eio3" });
  assert.equal(host.transport.uri, "ws://host/socket.io/?EIO=3&transport=websocket");
  await host.load();
  assert.equal(host.transports.length, 1);
});

test("a first link that later options do not want is closed", async () => {
  const host = new LazyHost();
  const socket = host.socket({ transports: ["polling", "websocket"] });
  socket.io.opts.transports = ["websocket"];
  await host.load();
  assert.deepEqual(
    host.transports.map(({ kind, closed }) => [kind, closed]),
    [
      ["polling", true],
      ["websocket", false],
    ],
  );
  assert.equal(socket.io.engine.transport.name, "websocket");
});

test("a server that floods a client without code loses its link", async () => {
  const host = new LazyHost();
  const socket = host.socket();
  const errors: string[] = [];
  socket.on("connect_error", ({ description }: ExtendedError) => errors.push(description.message));
  host.transport.on.opened();
  for (let n = 0; n < 1000; n++) host.transport.receive("2");
  assert.equal(host.transport.closed, true);
  await host.load();
  assert.deepEqual(errors, ["too many packets before the client was loaded"]);
});

test("code that cannot be loaded is a connect_error, and is asked for again", async () => {
  const host = new LazyHost();
  const socket = host.socket();
  const errors: string[] = [];
  socket.on("connect_error", ({ message }) => errors.push(message));
  await host.fail(new Error("404"));
  assert.deepEqual(errors, ["the code of tidewire/lazy could not be loaded: Error: 404"]);
  assert.equal(host.asked, 1);
  host.advance(1000);
  assert.equal(host.asked, 2);
  await host.fail(new Error("404"));
  host.advance(1999);
  assert.equal(host.asked, 2);
  host.advance(1);
  assert.equal(host.asked, 3);
  await host.load();
  host.accept();
  assert.equal(socket.connected, true);
});

test("without reconnection, code that could not be loaded is asked for by connect()", async () => {
  const host = new LazyHost();
  const socket = host.socket({ reconnection: false });
  await host.fail(new Error("404"));
  host.advance(60_000);
  assert.equal(host.asked, 1);
  socket.connect();
  await host.load();
  host.accept();
  assert.equal(socket.connected, true);
});

test("nothing is loaded or opened before a connection is wanted", async () => {
  const host = new LazyHost();
  const socket = host.socket({ autoConnect: false });
  socket.emit("a");
  assert.deepEqual([host.asked, host.transports.length, socket.sendBuffer.length], [0, 0, 1]);
  socket.connect();
  assert.deepEqual([host.asked, host.transports.length], [1, 1]);
  await host.load();
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE, '40{"sid":"ID"}');
  assert.deepEqual(host.transport.takeSent(), ["40", '42["a"]']);
});

test("emit throws at the limits of the buffer, of acks and of attachments", () => {
  const host = new LazyHost();
  const refusal = (opts: Partial<ManagerOptions>, emit: (socket: Socket) => unknown) => thrown(() => emit(host.socket(opts)))?.message;
  const twice = (socket: Socket, ...args: unknown[]) => socket.emit("a", ...args).emit("b", ...args);
  assert.match(refusal({ offlinePackets: 1 }, (socket) => twice(socket)) || "", /^cannot emit "b": buffer full/);
  assert.match(refusal({ offlineBytes: 9 }, (socket) => twice(socket)) || "", /^cannot emit "b": buffer full/);
  assert.match(refusal({ maxAcks: 1 }, (socket) => twice(socket, () => {})) || "", /^cannot emit "b": too many acks/);
  assert.match(refusal({ maxAttachments: 0 }, (socket) => socket.emit("a", new Uint8Array(1))) || "", /too many attachments/);
  assert.equal(
    refusal({ offlinePackets: 2, offlineBytes: 10, maxAcks: 1 }, (socket) => twice(socket)),
    undefined,
  );
});

test("a limit that is given as undefined has its default", () => {
  const host = new LazyHost();
  const unset = { offlinePackets: undefined, offlineBytes: undefined, maxAcks: undefined, maxAttachments: undefined };
  const socket = host.socket(unset as object);
  for (let n = 0; n < 100_000; n++) socket.emit("a", () => {});
  assert.match(thrown(() => socket.emit("a", () => {}))?.message || "", /too many acks/);
  assert.match(thrown(() => socket.emit("a"))?.message || "", /buffer full/);
  assert.match(thrown(() => socket.emit("a", new Uint8Array(1 << 26)))?.message || "", /buffer full/);
  assert.match(thrown(() => socket.emit("a", Array(1001).fill(new Uint8Array(1))))?.message || "", /too many attachments/);
});

test("a full buffer refuses, whatever the policy is", () => {
  const host = new LazyHost();
  for (const offlinePolicy of ["drop-oldest", "drop-newest"] as const) {
    const policed = host.socket({ offlinePackets: 1, offlinePolicy }).emit("a");
    assert.match(thrown(() => policed.emit("b"))?.message || "", /buffer full/);
    assert.equal(policed.sendBuffer.length, 1);
  }
});

test("the time that an ack has waited counts", async () => {
  const host = new LazyHost();
  const socket = host.socket();
  const lost: string[] = [];
  socket.timeout(5000).emit("a", (error: Error) => lost.push(error.message));
  host.advance(3000);
  await host.load();
  host.advance(1999);
  assert.deepEqual(lost, []);
  host.advance(1);
  assert.deepEqual(lost, ["operation has timed out"]);
});

test("engine.close() and manager._close() are done when the code is there", async () => {
  for (const close of [(socket: Socket) => socket.io.engine.close(), (socket: Socket) => socket.io._close()]) {
    const log = async (host: FakeHost, load: () => Promise<void>) => {
      const socket = host.socket();
      const heard: unknown[] = [];
      socket.io.engine.on("close", (reason) => heard.push(reason));
      socket.on("connect_error", ({ message }) => heard.push(message));
      assert.deepEqual(socket.io.engine.writeBuffer, []);
      close(socket);
      await load();
      host.advance(5000);
      return [[...heard], socket.io._readyState, host.transports.map(({ uri, closed }) => [uri, closed])];
    };
    const host = new LazyHost();
    assert.deepEqual(await log(host, () => host.load()), await log(new FakeHost(), turn));
  }
});

test("two sockets of a namespace are one for the connection, before and after it is there", async () => {
  const host = new LazyHost();
  const manager = host.manager({ autoConnect: false });
  const [first, second] = [new Socket(manager, "/chat"), new Socket(manager, "/chat")];
  const other = new Socket(manager, "/");
  assert.deepEqual(
    [first, second, other].map(({ _nsp }) => _nsp),
    [0, 0, 1],
  );
  first.emit("a", () => {});
  second.emit("b", () => {});
  second.connect();
  await host.load();
  const { transport } = host;
  transport.on.opened();
  transport.receive(HANDSHAKE, '40/chat,{"sid":"B"}');
  assert.deepEqual(transport.takeSent(), ["40/chat,", '42/chat,0["a"]', '42/chat,1["b"]']);
  first.emit("c");
  assert.deepEqual(transport.takeSent(), ['42/chat,["c"]']);
});

test("calls that make each other void are not kept, and the last one counts", async () => {
  const host = new LazyHost();
  const manager = host.manager({ autoConnect: false });
  const socket = manager.socket("/");
  const calls = (manager._connection as any)._calls as Map<unknown, unknown>;
  for (let n = 0; n < 1000; n++) {
    socket.connect();
    socket.io.engine.close();
    socket.disconnect();
    manager._close();
    manager.open();
    manager._close();
    socket.connect();
  }
  assert.ok(calls.size <= 5, `${calls.size} calls are kept`);
  await host.load();
  host.accept();
  assert.equal(socket.connected, true);
  assert.deepEqual(host.transports.filter(({ closed }) => !closed).length, 1);
});

test("a connection that is closed before the code is loaded can be opened again", async () => {
  for (const again of [(socket: Socket) => socket.io.open(), (socket: Socket) => socket.connect()]) {
    const host = new LazyHost();
    const socket = host.socket();
    socket.io._close();
    assert.equal(socket.io._readyState, "closed");
    again(socket);
    assert.equal(socket.io._readyState, "opening");
    await host.load();
    host.accept();
    assert.equal(socket.connected, true);
  }
});

/** A transport of socket.io-client whose server accepts at once. */
class Accepting extends Transport {
  get name() {
    return "accepting";
  }
  doOpen() {
    queueMicrotask(() => {
      this.onOpen();
      this.onPacket({ type: "open", data: HANDSHAKE.slice(1) });
    });
  }
  write() {
    this.writable = true;
  }
  doClose() {}
}

test("a manager whose last socket was disconnected before the code is loaded can be opened, as with socket.io-client", async () => {
  for (const calls of [
    "connect",
    "connect disconnect open",
    "connect disconnect open disconnect",
    "open disconnect",
    "open disconnect open connect",
  ]) {
    const play = (manager: Manager | Reference) => {
      const socket = manager.socket("/");
      for (const call of calls.split(" ")) (call === "open" ? manager : (socket as Socket))[call as "open"]();
    };
    const reference = new Reference("http://host", { autoConnect: false, transports: [Accepting] as never });
    play(reference);
    await turn();
    const host = new LazyHost();
    const manager = host.manager({ autoConnect: false });
    play(manager);
    await host.load();
    const { transport } = host;
    if (transport && !transport.closed) host.accept();
    assert.equal(manager._readyState, reference._readyState, calls);
    reference._close();
  }
});

// ---- the same as without waiting ----

/** A small generator: the seed decides the calls. */
function random(seed: number): (below: number) => number {
  let state = seed * 2654435761;
  return (below) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) | 0;
    return ((state ^ (state >>> 13)) >>> 0) % below;
  };
}

const NAMES = ["/", "/chat"];

/** Makes calls that the seed decides, loads the code, and lets the server answer. Returns all that was sent and heard. */
async function play(host: FakeHost, seed: number, load: () => Promise<void>): Promise<unknown[]> {
  const draw = random(seed);
  const log: unknown[] = [];
  const manager = host.manager({ autoConnect: draw(2) === 0, retries: draw(4) === 0 ? 2 : 0 } as object);
  const sockets = NAMES.map((name) => manager.socket(name, { ackTimeout: draw(3) ? undefined : 10_000 } as object));
  const [first] = sockets as [Socket];
  for (const socket of sockets) {
    for (const event of ["connect", "news"]) socket.on(event, (...args: unknown[]) => log.push([(socket as any).nsp, event, ...args]));
  }
  const calls: ((socket: Socket, n: number) => unknown)[] = [
    (socket, n) => socket.emit("plain", n),
    (socket, n) => socket.emit("asked", n, (...args: unknown[]) => log.push(["ack", n, ...args.map(String)])),
    (socket, n) => socket.timeout(4000).emit("timed", n, (...args: unknown[]) => log.push(["timed", n, ...args.map(String)])),
    (socket, n) => socket.volatile.emit("volatile", n),
    (socket, n) => socket.volatile.timeout(500).emit("volatile", n, (...args: unknown[]) => log.push(["volatile", n, ...args.map(String)])),
    (socket, n) => socket.emit("binary", n, Uint8Array.of(n)),
    (socket) => socket.connect(),
    (socket) => socket.disconnect(),
    (socket) => log.push(socket.sendBuffer.map(({ data }) => data)),
    (socket) => socket.sendBuffer.splice(draw(3), 1),
    (socket, n) => {
      const controller = new AbortController();
      socket.signal(controller.signal).emit("aborted", n, () => log.push(["aborted", n]));
      if (draw(2)) controller.abort();
    },
    () => manager.reconnectionDelay(500),
    () => manager.open(),
    () => manager._close(),
    (_, n) => host.advance(n),
  ];
  const make = (count: number) => {
    for (let n = 0; n < count; n++) calls[draw(calls.length)]?.(sockets[draw(2)] || first, n);
  };
  make(draw(12));
  await load();
  log.push([manager._readyState, host.transports.filter(({ closed }) => !closed).length]);
  for (const socket of sockets) socket.connect();
  await turn();
  const { transport } = host;
  // A link that is opened and closed at once is not opened later.
  log.push([manager._readyState, manager.engine.readyState, host.transports.filter(({ closed }) => !closed).length]);
  transport.on.opened();
  transport.receive(HANDSHAKE, '40{"sid":"A"}', '40/chat,{"sid":"B"}');
  const sent = transport.takeSent();
  log.push(sent);
  for (const frame of sent) {
    const [, name = "", id] = /^4(?:2|5\d-)(\/chat,)?(\d+)\[/.exec(String(frame)) || [];
    if (id) transport.receive(`43${name}${id}["done"]`);
  }
  transport.receive('42["news",1]', '42/chat,["news",2]');
  make(draw(6));
  host.advance(20_000);
  log.push(transport.takeSent());
  return log;
}

test("random calls have the same effects, whether the code is there or loaded later", async () => {
  for (let seed = 1; seed <= 500; seed++) {
    const there = await play(new FakeHost(), seed, async () => {});
    const host = new LazyHost();
    const later = await play(host, seed, () => host.load());
    assert.deepEqual(later, there, `seed ${seed}`);
  }
});
