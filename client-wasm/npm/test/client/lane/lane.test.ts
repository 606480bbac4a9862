/** The direct lane: what goes past the machine, and what the machine is told. The fuzzer shows that nothing else differs. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { platform } from "../../../src/platform.js";
import { FakeHost, HANDSHAKE } from "../support/host.js";

const SWITCHED_OFF = !platform.direct;

/** Calls of a machine that carry events and acks, and what it is told of those that do not. */
const WATCHED = ["emit", "reply", "handlePacket", "handleResponse", "expect", "answered", "noteEvent"];

/** Returns a host, and the names of the machine's calls since the last time. */
function watched(): [host: FakeHost, calls: () => string[]] {
  const host = new FakeHost();
  const calls: string[] = [];
  const { machine } = platform;
  platform.machine = (...args) => {
    const made: any = machine(...args);
    for (const name of WATCHED) {
      const inner = made[name];
      made[name] = (...args: unknown[]) => {
        calls.push(name === "handleResponse" ? `${name} ${(args[3] as unknown[]).length}` : name);
        return inner.apply(made, args);
      };
    }
    return made;
  };
  return [host, () => calls.splice(0)];
}

/** A parser whose packets are JSON. */
const PARSER = {
  Encoder: class {
    encode = (packet: object) => [JSON.stringify(packet)];
  },
  Decoder: class {
    private _decoded: (packet: object) => void = () => {};
    on(_event: string, decoded: (packet: object) => void) {
      this._decoded = decoded;
    }
    add(text: string) {
      this._decoded(JSON.parse(text));
    }
    destroy() {}
  },
};

const it = (name: string, run: () => void) => test(name, { skip: SWITCHED_OFF && "the lane is switched off" }, run);

it("events and acks over a WebSocket go past the machine", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket();
  const heard: unknown[] = [];
  calls();
  socket.on("a", (...args: unknown[]) => heard.push(args));
  host.transport.receive('42["a",1]', '451-["a",{"_placeholder":true,"num":0}]', Uint8Array.of(1));
  assert.deepEqual(heard, [[1], [Uint8Array.of(1).buffer]]);
  socket.emit("b", Uint8Array.of(2));
  assert.deepEqual(host.transport.takeSent(), ['451-["b",{"_placeholder":true,"num":0}]', Uint8Array.of(2)]);
  assert.deepEqual(calls(), []);
});

it("the machine is told of acks, and nothing else", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket();
  const acks: unknown[] = [];
  calls();
  socket.emit("a", (value: unknown) => acks.push(value));
  assert.deepEqual([host.transport.takeSent(), calls()], [['420["a"]'], ["expect"]]);
  host.transport.receive('430["yes"]');
  assert.deepEqual([acks, calls()], [["yes"], ["answered"]]);
  // The machine knows best what is not awaited, also by an event with retries.
  host.transport.receive('430["again"]');
  assert.deepEqual([acks, calls()], [["yes"], ["answered", "answered", "handlePacket"]]);
  socket.on("q", (answer: (value: string) => void) => answer("r"));
  host.transport.receive('427["q"]');
  assert.deepEqual([host.transport.takeSent(), calls()], [['437["r"]'], []]);
});

it("the ack of an event with retries sends the next one, and then calls its function", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket({ retries: 1, ackTimeout: 50 });
  const heard: unknown[] = [];
  calls();
  for (const name of ["a", "b"])
    socket.emit(name, (error: Error | null, value: unknown) => heard.push(name, error, value, host.transport.takeSent()));
  assert.deepEqual([host.transport.takeSent(), calls()], [['420["a"]'], ["emit", "emit"]]);
  host.transport.receive('430["yes"]');
  assert.deepEqual(
    [heard.splice(0), calls()],
    [
      ["a", null, "yes", ['421["b"]']],
      ["answered", "answered"],
    ],
  );
  host.advance(50);
  assert.deepEqual(host.transport.takeSent(), ['421["b"]'], "it is tried again");
  calls();
  host.transport.receive('431["late"]', '431["twice"]');
  assert.deepEqual(
    [heard, calls()],
    [
      ["b", null, "late", []],
      ["answered", "answered", "answered", "answered", "handlePacket"],
    ],
  );
});

it("an ack that does not come in time fails", () => {
  const [host] = watched();
  const socket = host.connectedSocket();
  const errors: unknown[] = [];
  socket.timeout(50).emit("a", (error: Error) => errors.push(error.message));
  host.advance(49);
  assert.deepEqual(errors, []);
  host.advance(1);
  assert.deepEqual(errors, ["operation has timed out"]);
});

it("over polling, the first packets of a body go past the machine, in order with the others", () => {
  const [host, calls] = watched();
  const socket = host.socket({ transports: ["polling"] });
  const heard: unknown[] = [];
  for (const event of ["a", "b", "disconnect"]) socket.on(event, (value: unknown) => heard.push([event, value]));
  const respond = (body: string) => host.transport.on.received(body, "text/plain");
  respond(HANDSHAKE);
  const get = () => host.transports.filter(({ body }) => body === undefined).pop();
  get()?.on.received('40{"sid":"ID"}', "text/plain");
  assert.ok(socket.connected);
  calls();
  get()?.on.received('42["a",1]\x1e42["b",2]\x1e41\x1e42["a",3]', "text/plain");
  assert.deepEqual(heard, [
    ["a", 1],
    ["b", 2],
    ["disconnect", "io server disconnect"],
  ]);
  assert.deepEqual(calls(), ["handleResponse 2"]);
});

it("over polling, a socket that a listener has disconnected hears no more of the body", () => {
  const [host, calls] = watched();
  const socket = host.socket({ transports: ["polling"] });
  const heard: unknown[] = [];
  const respond = (body: string) =>
    host.transports
      .filter(({ body }) => body === undefined)
      .pop()
      ?.on.received(body, "text/plain");
  respond(HANDSHAKE);
  respond('40{"sid":"ID"}');
  socket.on("a", (value: unknown) => {
    heard.push(value);
    socket.disconnect();
  });
  calls();
  respond('42["a",1]\x1e42["a",2]');
  assert.deepEqual([heard, calls()], [[1], ["handleResponse 0"]]);
});

it("the offset of the last event is asked for after a loss", () => {
  const [host, calls] = watched();
  const socket = host.socket({ reconnectionDelay: 10 });
  host.accept('40{"sid":"ID","pid":"P"}');
  calls();
  host.transport.receive('42["a","offset-1"]', '42["a","offset-2"]', '42["a",{"no":"offset"}]');
  assert.deepEqual(calls(), []);
  // A long text is no offset for certain, but the machine decides.
  host.transport.receive(`42["a","${"x".repeat(200)}"]`);
  assert.deepEqual(calls(), ["noteEvent", "handlePacket"]);
  // MongoDB's adapter has ids of 24 characters.
  host.transport.receive('42["a","507f1f77bcf86cd799439011"]');
  assert.deepEqual(calls(), []);
  host.transport.on.lost(undefined);
  host.advance(10);
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE);
  assert.deepEqual(host.transport.takeSent(), ['40{"pid":"P","offset":"507f1f77bcf86cd799439011"}']);
  assert.ok(!socket.connected);
});

it("a 2.x server is alive while it sends events", () => {
  const [host, calls] = watched();
  const socket = host.socket();
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE.replace(',"maxPayload":1000000', ""), "40");
  assert.ok(socket.connected);
  host.advance(25_000);
  assert.deepEqual(host.transport.takeSent(), ["2"]);
  calls();
  for (let i = 0; i < 4; i++) {
    host.advance(15_000);
    host.transport.receive('42["a"]');
  }
  assert.deepEqual(calls(), Array(4).fill("noteEvent"));
  assert.ok(socket.connected);
  host.advance(45_000);
  assert.ok(!socket.connected);
});

it("attachments that are held are shown to the machine before another packet, and each once", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket();
  const reasons: unknown[] = [];
  socket.on("disconnect", (reason: string) => reasons.push(reason));
  calls();
  host.transport.receive('452-["a",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]', Uint8Array.of(1));
  assert.deepEqual(calls(), []);
  host.transport.receive("2");
  assert.deepEqual([host.transport.takeSent(), calls()], [["3"], Array(3).fill("handlePacket")]);
  host.transport.receive('42["text instead of the second attachment"]');
  assert.deepEqual([reasons, calls()], [["parse error"], ["handlePacket"]]);
});

it("what the machine must decide goes through it", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket({ maxAttachments: 1 });
  const ways: [string, () => void][] = [
    ["emit", () => socket.volatile.emit("a")],
    ["handlePacket", () => host.transport.receive("42/other,[1]")],
    ["handlePacket", () => host.transport.receive('42 1["a"]')],
    ["handlePacket", () => host.transport.receive('420["a"')],
  ];
  for (const [call, way] of ways) {
    calls();
    way();
    assert.deepEqual(calls(), [call]);
  }
});

it("an event that is refused leaves the lane open", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket({ maxAcks: 1 });
  socket.emit("a", () => {});
  for (const emit of [() => socket.emit("b", () => {}), () => socket.volatile.emit("b", () => {})]) {
    assert.throws(emit, /cannot emit "b": too many acks; see maxAcks/);
    host.transport.takeSent();
    calls();
    socket.emit("c");
    assert.deepEqual([host.transport.takeSent(), calls()], [['42["c"]'], []]);
  }
});

it("a deadline that is due comes before a packet", () => {
  const [host, calls] = watched();
  const socket = host.connectedSocket();
  const heard: unknown[] = [];
  socket.on("a", () => heard.push("a"));
  socket.on("disconnect", (reason: string) => heard.push(reason));
  calls();
  host.sleep(45_000);
  host.transport.receive('42["a"]');
  assert.deepEqual([heard, calls()], [["ping timeout"], ["handlePacket"]]);
});

it("events and acks of a custom parser go past the machine", () => {
  const [host, calls] = watched();
  const heard: unknown[] = [];
  const socket = host.socket({ parser: PARSER });
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE);
  host.transport.receive('4{"type":0,"nsp":"/","data":{"sid":"ID"}}');
  assert.ok(socket.connected);
  calls();
  socket.on("a", (value: number, answer: (value: number) => void) => answer(value + 1));
  host.transport.takeSent();
  socket.emit("b");
  socket.emit("c", (value: unknown) => heard.push(value));
  host.transport.receive('4{"type":2,"nsp":"/","data":["a",1],"id":7}', '4{"type":3,"nsp":"/","data":["yes"],"id":0}');
  const sent = host.transport.takeSent().map((frame) => JSON.parse((frame as string).slice(1)));
  assert.deepEqual(
    [sent.map(({ type, data, id }) => [type, data, id]), heard],
    [
      [
        [2, ["b"], undefined],
        [2, ["c"], 0],
        [3, [2], 7],
      ],
      ["yes"],
    ],
  );
  assert.deepEqual(calls(), ["expect", "answered"]);
  // The machine judges what no server sends.
  host.transport.receive('4{"type":2,"nsp":"/","data":["a"],"id":-1}');
  assert.deepEqual([calls(), socket.connected], [["handlePacket"], false]);
});

test("with a custom parser, the offset for recovery is that of the last event that has one", () => {
  const host = new FakeHost();
  host.socket({ parser: PARSER, reconnectionDelay: 10 });
  const { transport } = host;
  transport.on.opened();
  transport.receive(HANDSHAKE, '4{"type":0,"nsp":"/","data":{"sid":"ID","pid":"P"}}');
  transport.receive('4{"type":2,"nsp":"/","data":["a","offset"]}', '4{"type":2,"nsp":"/","data":["a",{}]}');
  transport.on.lost(undefined);
  host.advance(10);
  host.transport.on.opened();
  host.transport.receive(HANDSHAKE);
  assert.deepEqual(host.transport.takeSent(), ['4{"type":0,"nsp":"/","data":{"pid":"P","offset":"offset"}}']);
});

test("a listener that throws stops neither the others nor the next event", (t) => {
  const thrown: unknown[] = [];
  const { queueMicrotask } = globalThis;
  globalThis.queueMicrotask = (run) => {
    try {
      run();
    } catch (error) {
      thrown.push((error as Error).message);
    }
  };
  t.after(() => Object.assign(globalThis, { queueMicrotask }));
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const heard: unknown[] = [];
  socket.on("a", () => {
    throw new Error("in a listener");
  });
  socket.on("b", () => heard.push("b"));
  host.transport.receive('42["a"]', '42["b"]');
  assert.deepEqual([heard, thrown], [["b"], ["in a listener"]]);
});
