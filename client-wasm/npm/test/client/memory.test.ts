/** Managers that come and go: their machines are freed with them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { within } from "../../packaging/limit.mjs";
import { Op } from "../../src/machine/layout.js";
import { machines } from "../../src/machine/wasm.js";
import { cores } from "../support/cores.js";
import { FakeHost } from "./support/host.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as () => void;

for (const core of cores()) {
  /** The machines that are made and not freed. */
  let live = 0;
  const call: typeof core.exports.call = (op, ...args) => {
    if (op === Op.Create) live++;
    if (op === Op.Free) live--;
    return core.exports.call(op, ...args);
  };
  const make = machines({ memory: core.exports.memory, call });

  /** Opens and closes connections; each has an event in its buffer. */
  function comeAndGo(host: FakeHost, count: number): void {
    for (let n = 0; n < count; n++) {
      const socket = host.connectedSocket();
      socket.disconnect().emit("kept", n);
    }
    host.forget();
  }

  const allFreed = async () => {
    while (live) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
  };

  test(`${core.name}: the machines of managers that are gone are freed, and their memory is used again`, async () => {
    const host = new FakeHost(() => make);
    const sizes: number[] = [];
    for (let round = 0; round < 11; round++) {
      comeAndGo(host, 100);
      await within("the machines to be freed", allFreed());
      sizes.push(core.exports.memory.buffer.byteLength);
    }
    assert.deepEqual(sizes.slice(1), Array(10).fill(sizes[0]));
  });
}
