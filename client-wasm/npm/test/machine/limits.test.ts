/** Tests numbers that do not fit into the core's integers: infinite options, and an id that no integer holds. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { cores } from "../support/cores.js";
import { recorder } from "../support/host.js";
import { connected } from "../support/session.js";

/** Options that have no limit, in each way to write it. */
const UNLIMITED = [Infinity, Number.MAX_VALUE, 2 ** 53, 2 ** 32, 2 ** 32 - 1];

for (const core of cores()) {
  const it = (name: string, run: () => void) => test(`${core.name}: ${name}`, run);

  it("an offline buffer without a limit keeps events", () => {
    for (const limit of UNLIMITED) {
      const machine = core.make({ offlinePackets: limit, offlineBytes: limit });
      const nsp = machine.namespace("/");
      for (let i = 0; i < 100; i++) assert.equal(machine.emit(0, nsp, '["a"]', [], undefined, "once"), -1, `${limit}`);
      assert.equal(machine.offline(nsp).length, 100);
      machine.free();
    }
  });

  it("a reconnection delay without a limit doubles", () => {
    for (const reconnectionDelayMax of UNLIMITED) {
      const machine = core.make({ reconnectionDelay: 1000, reconnectionDelayMax, randomizationFactor: 0 });
      const { host, take } = recorder();
      machine.connect(0, machine.namespace("/"));
      const delays = [1, 2, 3, 4, 5, 6].map((link) => {
        const now = machine.poll(host);
        take();
        machine.handleTimeout(link > 1 ? now : 0);
        machine.poll(host);
        machine.handleLost(link > 1 ? now : 0, link, "failed");
        machine.poll(host);
        return take().find(([name]) => name === "reconnecting")?.[2];
      });
      assert.deepEqual(delays, [1000, 2000, 4000, 8000, 16000, 32000], `${reconnectionDelayMax}`);
      machine.free();
    }
  });

  it("an event is retried without a limit", () => {
    const { machine, nsp, calls } = connected(core);
    assert.equal(machine.emit(0, nsp, '["a"]', [], 100, Infinity), 0);
    calls();
    for (let at = 100; at <= 1000; at += 100) {
      machine.handleTimeout(at);
      assert.deepEqual(calls(), [["send", 1, { binary: false, head: "420", payload: '["a"]' }]]);
    }
    machine.free();
  });

  it("an id above all integers is answered with the largest, not with 0", () => {
    const { machine, nsp, calls, hear } = connected(core);
    const [[, , , , reply] = []] = hear('4299999999999999999999["q"]');
    assert.equal(machine.reply(1, nsp, reply as never, "[]", []), undefined);
    assert.deepEqual(calls(), [["send", 1, { binary: false, head: "4318446744073709552000", payload: "[]" }]]);
    machine.free();
  });
}
