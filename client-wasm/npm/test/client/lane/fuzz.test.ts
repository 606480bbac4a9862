/** The direct lane changes nothing that an application or a server can see. `LANE_RUNS=n LANE_SEED=s` runs more, or one again. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { platform } from "../../../src/platform.js";
import { FEATURES, Fuzz } from "./fuzz.js";

const RUNS = Number(process.env["LANE_RUNS"] || 2000);
const FIRST = Number(process.env["LANE_SEED"] || 1);
const STEPS = 60;

const skip = !platform.direct && "it compares both ways";

/** Adds numbers to those of a list. */
const add = (sums: number[], more: number[]) => more.forEach((count, at) => (sums[at] = (sums[at] as number) + count));

test(`${RUNS} random runs are the same with and without the direct lane`, { skip }, async () => {
  /** Packets over WebSockets and in bodies, and sent events and acks, that the machine was spared: in all runs, and in those with a feature. */
  const spared = new Map(["all", ...FEATURES].map((name) => [name, [0, 0, 0] as [number, number, number]]));
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const fuzz = new Fuzz(seed);
    await fuzz.run(STEPS);
    for (const name of ["all", ...fuzz.features()]) add(spared.get(name) as number[], fuzz.spared);
  }
  if (RUNS < 100) return;
  const [packets, polled, sends] = spared.get("all") as [number, number, number];
  assert.ok(packets > 3 * RUNS && polled > RUNS / 4 && sends > RUNS, `the lane takes its part: ${[...spared]}`);
  for (const name of FEATURES)
    assert.ok((spared.get(name)?.[0] as number) > RUNS / 10, `the lane takes its part in runs with ${name}: ${[...spared]}`);
});
