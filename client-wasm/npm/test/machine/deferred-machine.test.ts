/** Tests the machine whose core is still loading. */

/// <reference lib="es2021.weakref" />

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import type { Delivery, Machine, MachineOptions, Target } from "../../src/machine/contract.js";
import { deferredMachine } from "../../src/machine/deferred-machine.js";
import type { Make } from "../../src/machine/wasm.js";
import { type Core, cores } from "../support/cores.js";
import { recorder } from "../support/host.js";
import { HANDSHAKE } from "../support/session.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

/** Returns a machine whose core the test loads. */
function deferred(core: Pick<Core, "make">, options: Partial<MachineOptions> = {}) {
  let load: (make: Make) => void = () => assert.fail("set by the promise");
  const loading = new Promise<Make>((resolve) => {
    load = resolve;
  });
  const finish = () => {
    load(core.make);
    return loading;
  };
  return { machine: deferredMachine(loading, { transports: ["websocket"], ...options }), finish };
}

for (const core of cores()) {
  test(`${core.name}: calls before the core is loaded are replayed, and have the results of the machine`, async () => {
    const { machine, finish } = deferred(core);
    const { host, take } = recorder();
    assert.deepEqual([machine.namespace("/"), machine.namespace("/chat"), machine.namespace("/")], [0, 1, 0]);
    machine.connect(0, 0);
    assert.equal(machine.emit(0, 0, '["a"]', [], undefined, "once"), -1);
    assert.equal(machine.emit(0, 0, '["b"]', [], Infinity, "once"), 0);
    assert.equal(machine.emit(0, 0, '["c"]', [], Infinity, "volatile"), 1);
    assert.deepEqual([machine.offline(0), machine.offline(1)], [['["a"]', '["b"]'], []]);
    assert.deepEqual([machine.backlog(), machine.engineVersion()], [0, undefined]);
    assert.equal(machine.poll(host), Infinity);
    assert.deepEqual([take(), machine.direct], [[], 0]);

    await finish();
    assert.deepEqual(machine.offline(0), ['["a"]', '["b"]']);
    machine.poll(host);
    assert.deepEqual(take().map(([name]) => name), ["open", "ackLost"]);
    machine.handleOpened(1, 1);
    machine.handlePacket(1, 1, HANDSHAKE);
    assert.equal(machine.engineVersion(), "eio4");
    machine.poll(host);
    assert.equal(machine.direct, 1);
    machine.free();
    core.make().poll(host);
  });

  test(`${core.name}: the events before the core is loaded are bounded like those of the offline buffer`, async () => {
    const limits = { offlinePackets: 3, offlineBytes: 20, maxAcks: 2, maxAttachments: 1 };
    const { machine, finish } = deferred(core, limits);
    const now = core.make(limits);
    for (const it of [machine, now]) {
      it.namespace("/");
      it.namespace("/chat");
    }
    const both = (nsp: number, payload: string, parts: Uint8Array[], ack?: number, delivery: Delivery = "once") => {
      const [early, direct] = [machine, now].map((it) => it.emit(0, nsp, payload, parts, ack, delivery));
      assert.equal(early, direct);
      return early;
    };
    assert.equal(both(0, '["long",0]', [new Uint8Array(11)]), "buffer full", "in bytes, with its attachment");
    assert.equal(both(0, '["a"]', []), -1);
    assert.equal(both(0, '["a"]', [new Uint8Array(1), new Uint8Array(1)]), "too many attachments");
    assert.equal(both(0, '["b"]', [], 1), 0);
    assert.equal(both(0, '["c"]', [], Infinity), 1);
    assert.equal(both(0, '["d"]', []), "buffer full", "in events");
    assert.equal(both(1, '["e"]', []), -1, "each namespace has its own limits");
    for (let n = 0; n < 2; n++) assert.equal(both(1, '["g"]', [], Infinity), n);
    assert.equal(both(1, '["h"]', [], Infinity), "too many acks");
    assert.equal(machine.emit(0, 1, '["i"]', [], undefined, "volatile"), "buffer full", "the machine would drop it");
    machine.configure({ transports: ["websocket"], ...limits, offlinePolicy: "drop-oldest" });
    assert.equal(machine.emit(0, 0, '["j"]', [], undefined, "once"), "buffer full", "whatever the policy is");
    await finish();
    assert.deepEqual([machine.offline(0), machine.offline(1)], [now.offline(0), now.offline(1)]);
    machine.free();
    now.free();
  });

  test(`${core.name}: a payload that the machine no longer needs is not kept`, async () => {
    const { machine, finish } = deferred(core);
    const { host } = recorder();
    machine.namespace("/");
    const emit = (payload: object) => {
      machine.emit(0, 0, payload, [], Infinity, "once");
      return new WeakRef(payload);
    };
    const kept = emit({ size: 5 });
    await finish();
    assert.equal(machine.offline(0).length, 1);
    machine.cancel(0, 0, 0);
    machine.poll(host);
    // `deref` keeps the payload alive until the next turn.
    await new Promise((resolve) => setImmediate(resolve));
    gc();
    assert.equal(kept.deref(), undefined);
    machine.free();
  });

  test(`${core.name}: the last of the calls that make each other void counts, and none is kept beside it`, async () => {
    const made: string[] = [];
    const { machine, finish } = deferred({ ...core, make: (options) => recording(core.make(options), made) });
    const { host, take } = recorder();
    machine.namespace("/");
    machine.namespace("/chat");
    for (let n = 0; n < 1000; n++) {
      machine.configure({ transports: ["polling"] });
      machine.connect(n, 0);
      machine.connect(n, 1);
      machine.disconnect(n, 1);
      machine.handleHint(n, "congested");
      machine.handleTimeout(n);
      machine.open(n);
      machine.close(n);
      machine.connect(n, 0);
    }
    await finish();
    assert.deepEqual(made, ["namespace", "namespace", "disconnect", "close", "connect"]);
    machine.poll(host);
    assert.deepEqual(take().map(([name, , target]) => [name, (target as Target).transport]), [["get", "polling"]]);
    machine.free();
  });
}

/** Notes the names of the calls of a machine. */
function recording(machine: Machine, names: string[]): Machine {
  return new Proxy(machine, {
    get(_, name: keyof Machine) {
      return (...args: unknown[]) => {
        if (name !== "poll" && name !== "free") names.push(name);
        return (machine[name] as (...args: unknown[]) => unknown)(...args);
      };
    },
  });
}
