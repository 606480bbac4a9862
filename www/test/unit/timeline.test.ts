import assert from "node:assert/strict";
import { test } from "node:test";

import { type Entry, KINDS } from "../../src/packets/entry.js";
import { exported } from "../../src/timeline/export.js";
import { matches } from "../../src/timeline/filter.js";
import { Log, MAX_ENTRIES } from "../../src/timeline/log.js";

const entry = (number: number, more: Partial<Entry> = {}): Entry => ({
  number,
  time: 0,
  direction: "in",
  kind: "event",
  namespace: "/chat",
  name: "said",
  args: ["Hello", 1],
  raw: ['42["said","Hello",1]'],
  size: 20,
  missing: 0,
  ...more,
});

test("the log drops the oldest lines at its limits, and counts them", () => {
  const log = new Log();
  for (let number = 1; number <= MAX_ENTRIES + 5; number++) log.add(entry(number));
  assert.equal(log.entries.length, MAX_ENTRIES);
  assert.equal(log.entries[0]?.number, 6);
  assert.equal(log.dropped, 5);
  const large = "a".repeat(5_000_000);
  for (let number = 1; number <= 4; number++) log.add(entry(10_000 + number, { raw: [large] }));
  assert.deepEqual(
    log.entries.map(({ number }) => number),
    [10_002, 10_003, 10_004],
    "16 MB hold three lines of 5 MB",
  );
  log.clear();
  assert.equal(log.dropped, 0);
});

test("a line that grows counts once", () => {
  const log = new Log();
  const growing = entry(1);
  log.add(growing);
  for (let part = 0; part < 100; part++) {
    growing.raw.push(new Uint8Array(100_000));
    log.grow(growing);
  }
  log.add(entry(2));
  assert.equal(log.entries.length, 2, "10 MB of attachments are below the limit");
});

test("a line that is not kept any more does not count when it grows", () => {
  const log = new Log();
  const cleared = entry(1);
  log.add(cleared);
  log.clear();
  cleared.raw.push(new Uint8Array(20_000_000));
  assert.equal(log.grow(cleared), false);
  for (const number of [2, 3]) log.add(entry(number));
  assert.deepEqual([log.entries.length, log.dropped], [2, 0]);
});

test("filters are kinds, direction, namespace and words", () => {
  const filter = { kinds: new Set(KINDS), direction: "none", namespace: "", search: "" } as const;
  assert.ok(matches(filter, entry(1)));
  assert.ok(!matches({ ...filter, kinds: new Set(["ack"]) }, entry(1)));
  assert.ok(!matches({ ...filter, direction: "out" }, entry(1)));
  assert.ok(!matches({ ...filter, namespace: "/lab" }, entry(1)));
  assert.ok(matches({ ...filter, namespace: "/lab" }, entry(1, { namespace: "" })), "lines of the connection belong to all namespaces");
  assert.ok(matches({ ...filter, search: "hello SAID" }, entry(1)));
  assert.ok(!matches({ ...filter, search: "hello bye" }, entry(1)));
});

test("an export is JSON, with binary data in base64", () => {
  const text = exported([entry(1, { args: [Uint8Array.of(1, 2, 3), { a: Uint8Array.of(255).buffer }], raw: ["x", Uint8Array.of(1)], took: 5 })], {
    version: "eio4",
  });
  const { version, entries } = JSON.parse(text);
  assert.equal(version, "eio4");
  assert.deepEqual(entries[0].arguments, [{ $base64: "AQID" }, { a: { $base64: "/w==" } }]);
  assert.deepEqual(entries[0].raw, ["x", { $base64: "AQ==" }]);
  assert.equal(entries[0].milliseconds, 5);
});

test("the file has no token of a namespace", () => {
  const sent = entry(1, { direction: "out", kind: "namespace", name: "connect", args: [{ token: "secret" }], raw: ['40/chat,{"token":"secret"}'] });
  assert.ok(!exported([sent], {}).includes("secret"));
  assert.ok(exported([{ ...sent, direction: "in" }], {}).includes("secret"));
});
