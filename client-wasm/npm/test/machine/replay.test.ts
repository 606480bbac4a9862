/**
 * Replays runs of the simulation, recorded natively: all outputs of the machine are the same.
 * `client-core/sim/src/script.rs` documents the lines; `cargo xtask test` writes them.
 */

import assert from "node:assert/strict";
import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { test } from "node:test";

import { type Core, cores } from "../support/cores.js";
import { Replay } from "../support/replay.js";

/** The number of scripts for each build of the core; the one in JavaScript is slower. Each run is followed by five scripts of packets. */
const RUNS: Record<string, number> = { wasm: Infinity, JavaScript: 600 };

/** Yields the lines of one run after the other. */
async function* runs() {
  let lines: string[] = [];
  for await (const line of createInterface({ input: createReadStream("build/runs.jsonl") })) {
    lines.push(line);
    if (line.startsWith('["end"')) {
      yield lines;
      lines = [];
    }
  }
}

async function replay(core: Core, most: number) {
  let count = 0;
  for await (const lines of runs()) {
    if (count === most) break;
    new Replay(core, lines).run();
    count++;
  }
  const kept = core.values.filter((value) => value !== undefined);
  assert.deepEqual(kept, [], "all slots are released");
  assert.ok(count >= Math.min(most, 100), `there are only ${count} runs`);
}

for (const core of cores()) {
  test(`${core.name}: the runs of the simulation are the same as natively`, () => replay(core, RUNS[core.name] ?? 0));
}
