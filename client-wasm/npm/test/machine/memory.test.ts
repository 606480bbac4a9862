/** Tests slots and memory: every slot is released, and the memory grows. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cores } from "../support/cores.js";
import { recorder } from "../support/host.js";
import { connected } from "../support/session.js";

for (const core of cores()) {
  const it = (name: string, run: () => void) => test(`${core.name}: ${name}`, run);
  const held = () => core.values.filter((value) => value !== undefined);

  it("no slot holds a value when no packet is pending", () => {
    const { machine, nsp, calls, hear } = connected(core);
    for (let i = 0; i < 50; i++) {
      machine.emit(0, nsp, `["a",${i}]`, [new Uint8Array(i)], Infinity, i % 2 ? "once" : 3);
      hear(`42["b",${i}]`);
      hear(`451-["c",{"_placeholder":true,"num":0}]`);
      hear(new Uint8Array([i]));
    }
    assert.equal(held().length, 50, "the events with retries left, and their attachments");
    for (let ack = 0; ack < 50; ack++) hear(`43${ack}[]`);
    calls();
    assert.deepEqual(held(), []);
    assert.ok(core.values.length < 250, `slots are reused: ${core.values.length}`);
    machine.free();
  });

  it("a freed machine releases its slots", () => {
    const { machine, nsp } = connected(core);
    machine.disconnect(0, nsp);
    for (let i = 0; i < 20; i++) machine.emit(0, nsp, `["kept",${i}]`, [new Uint8Array(1)], undefined, "once");
    assert.equal(machine.offline(nsp).length, 20);
    machine.free();
    const next = core.make();
    next.poll(recorder().host);
    assert.deepEqual(held(), []);
    next.free();
  });

  it("a full buffer refuses an event and releases its slot", () => {
    const machine = core.make({ offlinePackets: 1, offlineBytes: 12 });
    const nsp = machine.namespace("/");
    assert.equal(machine.emit(0, nsp, '["ж"]', [], undefined, "once"), -1);
    assert.equal(machine.emit(0, nsp, "[]", [], undefined, "once"), "buffer full");
    machine.removeOffline(nsp, 0);
    assert.equal(machine.emit(0, nsp, '["жжжж"]', [], undefined, "once"), -1, "12 bytes");
    machine.removeOffline(nsp, 0);
    assert.equal(machine.emit(0, nsp, '["жжжж1"]', [], undefined, "once"), "buffer full", "13 bytes");
    machine.poll(recorder().host);
    assert.deepEqual(held(), []);
    machine.free();
  });

  it("machines of one instance are independent", () => {
    const [one, two] = [connected(core, "/one"), connected(core, "/two")];
    one.machine.emit(0, one.nsp, '["a"]', [], Infinity, "once");
    assert.deepEqual(two.calls(), []);
    assert.deepEqual(one.calls(), [["send", 1, { binary: false, head: "42/one,0", payload: '["a"]' }]]);
    assert.deepEqual(two.hear("43/two,0[]"), []);
    assert.deepEqual(one.hear("43/one,0[]"), [["acked", 0, 0, "[]", []]]);
    one.machine.free();
    assert.deepEqual(two.hear('42/two,["b"]'), [["message", 0, '["b"]', [], undefined]]);
    two.machine.free();
  });

  it("the memory grows and keeps its content", () => {
    const { machine, nsp, calls, hear } = connected(core);
    const before = core.exports.memory.buffer.byteLength;
    machine.disconnect(0, nsp);
    calls();
    const many = Array.from({ length: 1000 }, (_, i) => `["${"k".repeat(30)}",${i}]`);
    const nsps = Array.from({ length: 40 }, (_, i) => machine.namespace(`/${"ü".repeat(1000)}${i}`));
    for (const payload of many) machine.emit(0, nsp, payload, [], undefined, "once");
    assert.ok(core.exports.memory.buffer.byteLength > before || before > 1 << 16);
    assert.deepEqual(machine.offline(nsp), many);
    assert.deepEqual(nsps, Array.from({ length: 40 }, (_, i) => i + 1));
    assert.deepEqual(hear("2"), []);
    machine.free();
  });

  it("a polling body of many packets is one input", () => {
    const machine = core.make({ transports: ["polling"] });
    const { host, take } = recorder();
    const nsp = machine.namespace("/");
    machine.connect(0, nsp);
    machine.handleResponse(0, 1, "eio4", ['0{"sid":"e","upgrades":[],"pingInterval":1000,"pingTimeout":1000,"maxPayload":100}']);
    machine.poll(host);
    machine.authorize(0, nsp);
    machine.poll(host);
    take();
    const packets = Array.from({ length: 5000 }, (_, i) => `42["é",${i},"${"x".repeat(i % 700)}"]`);
    machine.handleResponse(0, 2, "eio4", ['40{"sid":"s"}', ...packets]);
    machine.poll(host);
    const messages = take().filter(([name]) => name === "message");
    assert.deepEqual(messages.map(([, , payload]) => `42${payload}`), packets);
    assert.deepEqual(held(), []);
    machine.free();
  });

  it("a host that throws loses the call that threw, and no other", () => {
    const { machine, nsp, calls } = connected(core);
    machine.handlePacket(0, 1, '42["a"]');
    machine.handlePacket(0, 1, '42["b"]');
    const host = new Proxy({}, { get: () => () => assert.fail("a bug in the application") });
    assert.throws(() => machine.poll(host as never), /a bug in the application/);
    assert.deepEqual(calls(), [["message", nsp, '["b"]', [], undefined]]);
    assert.deepEqual(held(), []);
    machine.free();
  });
}
