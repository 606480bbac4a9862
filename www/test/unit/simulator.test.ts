import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import gallery from "../../data/gallery.json";
import { type Recording, rowAt, rowsOf, stepOf } from "../../src/simulator/recording.js";
import { readState, writeState } from "../../src/simulator/state.js";

const recording: Recording = {
  version: "4.x",
  transports: ["websocket"],
  namespaces: ["/"],
  end: 9000,
  healed: 2000,
  law: null,
  hash: "0",
  dropped: 0,
  entries: [
    ["app", 1000, "connect /"],
    ["client", 1000, 1020, "frame", "arrived", 1, "a"],
    ["client", 1000, 1010, "frame", "lost", 2, "b"],
    ["server", 1020, 1040, "frame", "ignored", 1, "c"],
    ["network", 1010, "links cut"],
  ],
};

test("the moments of a run are in the order of time, then of cause", () => {
  const rows = rowsOf(recording);
  assert.deepEqual(
    rows.map(({ time, lane, type, text }) => `${time} ${lane} ${type} ${text}`.trim()),
    [
      "1000 client app connect /",
      "1000 client sent a",
      "1000 client sent b",
      "1010 network ended b",
      "1010 network happened links cut",
      "1020 server ended a",
      "1020 server sent c",
      "1040 client ended c",
      "2000 network healed",
    ],
  );
  assert.deepEqual(rows[1]?.flight, { from: "client", to: "server", fate: "arrived", sentRow: 1, endRow: 5 });
  assert.equal(rowAt(rows, 1015), 5);
  assert.equal(rowAt(rows, 99_999), 8);
  assert.equal(rowAt([], 5), 0);
});

test("the time of a row and its step find it again, and steps that a time has not lead to its last row", () => {
  const rows = rowsOf(recording);
  for (const [index, { time }] of rows.entries()) assert.equal(rowAt(rows, time, stepOf(rows, index)), index);
  assert.equal(rowAt(rows, 1000, 99), 2);
  assert.equal(rowAt(rows, 1015, 1), 5, "a time without rows has no steps");
  assert.equal(rowAt(rows, 1000, -1), 0);
});

test("an address has the seed, the faults, the time and the step", () => {
  const state = { seed: "18446744073709551615", faults: ["1200:cut", "5:half-open"], at: 1200, step: 3 };
  assert.deepEqual(readState(writeState(state)), state);
  assert.deepEqual(readState("#seed=1&faults=x,1:fire,2:cut,-1:cut&at=soon&step=soon"), { seed: "1", faults: ["2:cut"], at: 0, step: 0 });
  assert.equal(readState("#seed=1&at=5&step=1.5")?.step, 1);
  for (const bad of ["", "#seed=", "#seed=-1", "#seed=1.5", "#seed=18446744073709551616", "#%E0%A4%A"]) assert.equal(readState(bad), undefined, bad);
  assert.equal(readState(`#seed=1&faults=${Array(50).fill("1:cut").join()}`)?.faults.length, 20);
});

test("the gallery has the seeds of the simulation and of its table of planted bugs, with two sentences each", () => {
  const simulation = join(process.env.TIDEWIRE_ROOT as string, "client-core/sim");
  const read = (name: string) => readFileSync(join(simulation, name), "utf8");
  const once = [...read("seeds.txt").matchAll(/^(\d+) /gm)].map(([, seed]) => seed);
  const planted = [...read("README.md").matchAll(/^\|.*\| (\d+) \|$/gm)].map(([, seed]) => seed);
  assert.ok(once.length >= 2 && planted.length >= 16);
  const shown = (found: boolean) => gallery.filter((one) => !!one.found === found).map(({ seed }) => seed);
  assert.deepEqual(shown(true), once);
  assert.deepEqual(shown(false), planted);
  for (const { en, zh } of gallery) {
    assert.equal(en.match(/\.( |$)/g)?.length, 2, en);
    assert.equal(zh.match(/。/g)?.length, 2, zh);
  }
});
