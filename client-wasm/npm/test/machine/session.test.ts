/** Tests a session call by call, in both builds of the core. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cores } from "../support/cores.js";
import { recorder } from "../support/host.js";
import { HANDSHAKE, connected } from "../support/session.js";

for (const core of cores()) {
  const it = (name: string, run: () => void) => test(`${core.name}: ${name}`, run);

  it("a connection is opened, used and closed", () => {
    const machine = core.make();
    const { host, take } = recorder();
    const calls = () => (machine.poll(host), take());
    const nsp = machine.namespace("chat", "room=1");
    assert.equal(machine.poll(host), Infinity);
    machine.connect(1000, nsp);
    const target = { transport: "websocket", query: "EIO=4&transport=websocket", bodyVersion: undefined, sid: undefined };
    assert.deepEqual(calls(), [["open", 1, target]]);
    assert.equal(machine.poll(host), 21000);
    machine.handleOpened(1001, 1);
    machine.handlePacket(1002, 1, HANDSHAKE);
    assert.deepEqual(calls(), [["opened"], ["authRequired", nsp]]);
    assert.equal(machine.engineVersion(), "eio4");
    machine.authorize(1003, nsp, '{"token":"t"}');
    assert.deepEqual(calls(), [["send", 1, { binary: false, head: "40/chat,", payload: '{"token":"t"}' }]]);
    machine.handlePacket(1004, 1, '40/chat,{"sid":"bé€😀"}');
    assert.deepEqual(calls(), [["connected", nsp, "bé€😀", false]]);
    machine.disconnect(1005, nsp);
    assert.deepEqual(calls().map(([name]) => name), ["send", "disconnected", "drop", "closed"]);
    assert.equal(machine.engineVersion(), undefined);
    machine.free();
  });

  it("an emit and its ack, in both directions", () => {
    const { machine, nsp, calls, hear } = connected(core, "/chat");
    const blob = new Uint8Array([1, 2, 3]);
    assert.equal(machine.emit(1, nsp, '["a"]', [], undefined, "once"), -1);
    assert.equal(machine.emit(1, nsp, '["b"]', [blob], Infinity, "once"), 0);
    assert.equal(machine.emit(1, nsp, '["c"]', [], 100, 2), 1);
    const sent = (head: string, payload: unknown, binary = false) => ["send", 1, { binary, head, payload }];
    assert.deepEqual(calls(), [sent("42/chat,", '["a"]'), sent("451-/chat,0", '["b"]'), sent("", blob, true), sent("42/chat,1", '["c"]')]);
    assert.deepEqual(hear('43/chat,0["ok"]'), [["acked", nsp, 0, '["ok"]', []]]);
    assert.deepEqual(hear("43/chat,1[]"), [["acked", nsp, 1, "[]", []]]);
    const [[, , payload, attachments, reply] = []] = hear('42/chat,7["q"]');
    assert.deepEqual([payload, attachments], ['["q"]', []]);
    assert.equal(machine.reply(2, nsp, reply as never, '["r"]', []), undefined);
    assert.deepEqual(calls(), [sent("43/chat,7", '["r"]')]);
    assert.equal(machine.reply(2, nsp, { session: 99, id: 7 }, '["r"]', []), "stale reply");
    machine.free();
  });

  it("events and acks may go past the machine until the next input", () => {
    const { machine, nsp, calls } = connected(core, "/chat");
    assert.equal(machine.direct, 1);
    assert.deepEqual([machine.session(nsp), machine.recovers()], [1, false]);
    assert.equal(machine.expect(1, nsp, Infinity), 0);
    assert.equal(machine.expect(1, nsp, 50), 1);
    assert.deepEqual([machine.answered(nsp, 0), machine.answered(nsp, 0), machine.answered(nsp, 7)], [true, false, false]);
    machine.noteEvent(2, nsp, "");
    assert.equal(machine.direct, 1);
    machine.handleTimeout(51);
    assert.equal(machine.direct, 0);
    assert.deepEqual([calls(), machine.direct], [[["ackLost", nsp, 1, "timeout"]], 1]);
    machine.handlePacket(52, 1, '451-/chat,["a",{"_placeholder":true,"num":0}]');
    assert.deepEqual([calls(), machine.direct], [[], 0]);
    machine.free();
  });

  it("an event that is noted has the offset for recovery", () => {
    const { machine, nsp, calls, hear } = connected(core);
    machine.disconnect(0, nsp);
    machine.connect(0, nsp);
    calls();
    machine.handleOpened(0, 2);
    machine.handlePacket(0, 2, HANDSHAKE);
    machine.authorize(0, nsp);
    machine.handlePacket(0, 2, '40{"sid":"s","pid":"p"}');
    calls();
    assert.equal(machine.recovers(), true);
    machine.noteEvent(0, nsp, "offset");
    machine.handleLost(0, 2, "closed");
    const at = machine.poll({ reconnecting() {}, disconnected() {}, closed() {} } as never);
    machine.handleTimeout(at);
    calls();
    machine.handleOpened(at, 3);
    machine.handlePacket(at, 3, HANDSHAKE);
    calls();
    machine.authorize(at, nsp);
    assert.deepEqual(calls(), [["send", 3, { binary: false, head: '40{"pid":"p","offset":"offset"}', payload: undefined }]]);
    assert.deepEqual(hear('42["late"]'), [], "of the first connection");
    machine.free();
  });

  it("an ack that does not arrive is lost, and a cancelled one is not reported", () => {
    const { machine, nsp, calls } = connected(core);
    const [first, second] = [machine.emit(0, nsp, '["a"]', [], 50, "once"), machine.emit(0, nsp, '["b"]', [], 60, "once")];
    machine.cancel(1, nsp, second as number);
    calls();
    machine.handleTimeout(50);
    machine.handleTimeout(70);
    assert.deepEqual(calls(), [["ackLost", nsp, first, "timeout"]]);
    machine.free();
  });

  it("attachments are the same objects, of any kind", () => {
    const { hear, machine } = connected(core);
    const [view, buffer] = [new Uint8Array([9, 8]), new Uint8Array([7]).buffer];
    assert.deepEqual(hear('452-["x",{"_placeholder":true,"num":0}]'), []);
    assert.deepEqual(hear(view), []);
    const [[name, , , attachments] = []] = hear(buffer);
    assert.equal(name, "message");
    assert.equal((attachments as unknown[])[0], view);
    assert.equal((attachments as unknown[])[1], buffer);
    machine.free();
  });

  it("Engine.IO 3 has its type in front of a binary frame, in both directions", () => {
    const machine = core.make({ engineVersion: "eio3" });
    const { host, take } = recorder();
    const nsp = machine.namespace("/");
    machine.connect(0, nsp);
    machine.handleOpened(0, 1);
    machine.handlePacket(0, 1, '0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":60000}');
    machine.handlePacket(0, 1, "40");
    machine.emit(0, nsp, '["b"]', [new Uint8Array([5])], undefined, "once");
    machine.handlePacket(0, 1, '451-["x",{"_placeholder":true,"num":0}]');
    machine.handlePacket(0, 1, new Uint8Array([4, 1, 2]));
    machine.handlePacket(0, 1, '451-["y",{"_placeholder":true,"num":0}]');
    machine.handlePacket(0, 1, new Uint8Array([0, 4, 1, 2]).subarray(1));
    machine.poll(host);
    const calls = take();
    const frames = calls.filter(([name]) => name === "send").map(([, , frame]) => frame);
    assert.deepEqual(frames[1], { binary: true, head: "\u0004", payload: new Uint8Array([5]) });
    const parts = calls.filter(([name]) => name === "message").map(([, , , attachments]) => attachments);
    assert.deepEqual(parts, [[new Uint8Array([1, 2])], [new Uint8Array([1, 2])]]);
    machine.free();
  });

  it("long and non-ASCII texts are cut where the header ends", () => {
    const { machine, nsp, hear } = connected(core, "/чат-聊天-😀");
    for (const text of ["é".repeat(600), "聊".repeat(300), "😀".repeat(200), "a".repeat(511), "\ud800".repeat(300), "a" + "😀".repeat(127) + "b"]) {
      const payload = `["x","${text}"]`;
      assert.deepEqual(hear(`42/чат-聊天-😀,${payload}`), [["message", nsp, payload, [], undefined]], text.slice(0, 4));
    }
    machine.free();
  });

  it("a malformed packet ends the connection, and is reported in the words of socket.io-parser", () => {
    for (const [packet, words] of [
      ["4", undefined],
      ["49", "unknown packet type"],
      ["4é", "unknown packet type"],
      ["42x", "invalid payload"],
      ["45-[]", "illegal attachments"],
      ["42/" + "n".repeat(600) + ',["x"]', "the packet's header is too long"],
      [new Uint8Array([1]), "got binary data when not reconstructing a packet"],
      [new ArrayBuffer(0), "got binary data when not reconstructing a packet"],
    ] as const) {
      const { machine, hear } = connected(core);
      const calls = hear(packet as never);
      assert.deepEqual(calls[0]?.[0] === "malformed" ? calls[0][1] : undefined, words, String(packet));
      machine.free();
    }
  });

  it("polling: one body carries many packets, and an unreadable one ends the session", () => {
    const machine = core.make({ transports: ["polling", "websocket"] });
    const { host, take } = recorder();
    const calls = () => (machine.poll(host), take());
    const nsp = machine.namespace("/");
    machine.connect(0, nsp);
    assert.deepEqual(calls()[0]?.slice(0, 2), ["get", 1]);
    machine.handleResponse(0, 1, "eio4", ['0{"sid":"a b","upgrades":["websocket"],"pingInterval":1000,"pingTimeout":1000,"maxPayload":100}']);
    const session = { query: "EIO=4&transport=polling&sid=a%20b", bodyVersion: "eio4", sid: "a b" };
    const [, , [, , get] = []] = calls().filter(([name]) => ["opened", "open", "get"].includes(name));
    assert.deepEqual(get, { transport: "polling", ...session });
    machine.authorize(0, nsp);
    machine.emit(0, nsp, '["é"]', [], undefined, "once");
    assert.deepEqual(machine.offline(nsp), ['["é"]']);
    const [[, link, , frames] = []] = calls().filter(([name]) => name === "post");
    assert.deepEqual(frames, [{ binary: false, head: "40", payload: undefined }]);
    machine.handleResponse(0, link as number, "eio4", []);
    machine.handleResponse(0, 3, "eio4", ['40{"sid":"s"}', '42["a"]', '451-["b",{"_placeholder":true,"num":0}]', new Uint8Array([1]), "2"]);
    const names = calls().map(([name]) => name);
    assert.deepEqual(names, ["connected", "message", "message", "get", "post"]);
    machine.handleResponse(0, 5, "eio4", ['42["a"]', undefined]);
    const [heard, ...lost] = calls().filter(([name]) => name !== "drop");
    assert.deepEqual(heard, ["message", nsp, '["a"]', [], undefined]);
    assert.deepEqual(lost.map(([name]) => name), ["disconnected", "closed", "reconnecting"]);
    machine.free();
  });

  it("inputs for unknown namespaces and links do nothing", () => {
    const { machine, calls } = connected(core);
    machine.connect(0, 7);
    machine.handleOpened(0, 77);
    machine.handleLost(0, 77, "closed");
    machine.cancel(0, 0, 5);
    machine.handleHint(0, "no such hint" as never);
    assert.deepEqual([calls(), machine.session(7), machine.offline(7), machine.emit(0, 7, "[]", [], undefined, "once")], [[], 0, [], 0]);
    machine.free();
  });

  it("recovery asks for a lost session with the offset at the end of a long event", () => {
    const { machine, hear, nsp, calls } = connected(core, "/", { reconnectionDelay: 0, randomizationFactor: 0 });
    machine.disconnect(0, nsp);
    machine.connect(0, nsp);
    calls();
    machine.handleOpened(0, 2);
    const over = (link: number, data: string) => (machine.handlePacket(0, link, data), calls());
    over(2, HANDSHAKE);
    machine.authorize(0, nsp, '{"t":1}');
    over(2, '40{"sid":"s","pid":"p"}');
    over(2, `42["x","${"ü".repeat(900)}","offset-1"]`);
    machine.handleLost(0, 2, "closed");
    machine.handleTimeout(0);
    assert.deepEqual(calls().at(-1)?.slice(0, 2), ["open", 3]);
    machine.handleOpened(0, 3);
    over(3, HANDSHAKE);
    machine.authorize(0, nsp, '{"t":1}');
    assert.deepEqual(calls(), [["send", 3, { binary: false, head: '40{"pid":"p","offset":"offset-1",', payload: '"t":1}' }]]);
    assert.deepEqual(hear("2"), [], "link 1 is gone");
    machine.free();
  });
}
