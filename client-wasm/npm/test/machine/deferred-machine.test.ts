/** Tests the machine whose core is still loading. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { deferredMachine } from "../../src/machine/deferred-machine.js";
import type { Make } from "../../src/machine/wasm.js";
import { cores } from "../support/cores.js";
import { recorder } from "../support/host.js";
import { HANDSHAKE } from "../support/session.js";

for (const core of cores()) {
  test(`${core.name}: calls before the core is loaded are replayed, and have the results of the machine`, async () => {
    let load: (make: Make) => void = () => assert.fail("set by the promise");
    const loading = new Promise<Make>((resolve) => {
      load = resolve;
    });
    const machine = deferredMachine(loading, { transports: ["websocket"] });
    const { host, take } = recorder();
    assert.deepEqual([machine.namespace("/"), machine.namespace("/chat"), machine.namespace("/")], [0, 1, 0]);
    machine.connect(0, 0);
    assert.equal(machine.emit(0, 0, '["a"]', [], undefined, "once"), -1);
    assert.equal(machine.emit(0, 0, '["b"]', [], Infinity, "once"), 0);
    assert.equal(machine.emit(0, 0, '["c"]', [], Infinity, "volatile"), 1);
    assert.deepEqual([machine.offline(0), machine.offline(1)], [['["a"]', '["b"]'], []]);
    assert.deepEqual([machine.isConnected(0), machine.backlog(), machine.transport(), machine.engineVersion()], [false, 0, undefined, undefined]);
    assert.equal(machine.poll(host), Infinity);
    assert.deepEqual([take(), machine.direct], [[], 0]);

    load(core.make);
    await loading;
    assert.deepEqual(machine.offline(0), ['["a"]', '["b"]']);
    machine.poll(host);
    assert.deepEqual(take().map(([name]) => name), ["open", "ackLost"]);
    machine.handleOpened(1, 1);
    machine.handlePacket(1, 1, HANDSHAKE);
    assert.deepEqual([machine.transport(), machine.engineVersion()], ["websocket", "eio4"]);
    machine.poll(host);
    assert.equal(machine.direct, 1);
    machine.free();
    core.make().poll(host);
  });
}
