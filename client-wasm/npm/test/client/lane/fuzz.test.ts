/** The direct lane changes nothing that an application or a server can see. `LANE_RUNS=n LANE_SEED=s` runs more, or one again. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { platform } from "../../../src/platform.js";
import { Fuzz } from "./fuzz.js";

const RUNS = Number(process.env["LANE_RUNS"] || 2000);
const FIRST = Number(process.env["LANE_SEED"] || 1);
const STEPS = 60;

const skip = !platform.direct && "it compares both ways";

test(`${RUNS} random runs are the same with and without the direct lane`, { skip }, async () => {
  const spared = [0, 0, 0];
  for (let seed = FIRST; seed < FIRST + RUNS; seed++) {
    const fuzz = new Fuzz(seed);
    await fuzz.run(STEPS);
    fuzz.spared.forEach((count, at) => (spared[at] = (spared[at] as number) + count));
  }
  const [packets, polled, sends] = spared as [number, number, number];
  if (RUNS > 100) assert.ok(packets > 3 * RUNS && polled > RUNS / 4 && sends > RUNS, `the lane takes its part: ${spared}`);
});
