import assert from "node:assert/strict";
import { test } from "node:test";

import { decode } from "../../src/packets/decode.js";
import type { Entry } from "../../src/packets/entry.js";
import { Recorder } from "../../src/packets/recorder.js";

function recorder() {
  const entries: Entry[] = [];
  const changed: number[] = [];
  const measured: [number, string][] = [];
  const made = new Recorder(
    (entry) => entries.push(entry),
    (entry) => changed.push(entry.number),
    (milliseconds, by) => measured.push([milliseconds, by]),
  );
  return {
    made,
    entries,
    changed,
    measured,
    message: (direction: "in" | "out", data: unknown, time = 0) => made.packet(direction, { type: "message", data }, time),
  };
}

test("packets are decoded", () => {
  assert.deepEqual(decode('2/chat,12["a",1]'), { type: "event", namespace: "/chat", id: 12, attachments: 0, data: ["a", 1] });
  assert.deepEqual(decode('51-["a",{"_placeholder":true,"num":0}]')?.attachments, 1);
  assert.deepEqual(decode("0/ptop?room=demo,"), { type: "connect", namespace: "/ptop", id: undefined, attachments: 0, data: undefined });
  assert.deepEqual(decode("1/chat,")?.namespace, "/chat");
  assert.deepEqual(decode('4"refused"')?.data, "refused");
  for (const bad of ["", "9", "2[", "hello", '2/chat,["a"']) assert.equal(decode(bad), undefined, bad);
});

test("attachments join their event, in their place", () => {
  const { message, entries, changed } = recorder();
  message("in", '52-["file",{"_placeholder":true,"num":1},[{"_placeholder":true,"num":0}]]');
  assert.equal(entries[0]?.missing, 2);
  message("in", Uint8Array.of(1).buffer);
  message("in", Uint8Array.of(2, 3));
  assert.deepEqual(entries[0]?.args, [Uint8Array.of(2, 3), [Uint8Array.of(1)]]);
  assert.equal(entries[0]?.missing, 0);
  assert.equal(entries[0]?.raw.length, 3);
  assert.deepEqual(changed, [1]);
  message("in", Uint8Array.of(9));
  assert.equal(entries[1]?.name, "attachment", "an attachment without an event is a problem");
});

test("acks have the name of their event and the time that they took", () => {
  const { message, entries, measured } = recorder();
  message("out", '20["echo","a"]', 100);
  message("in", '30["a"]', 130);
  message("in", '2/chat,0["question"]', 200);
  message("out", '3/chat,0["yes"]', 207);
  message("in", '39["late"]', 300);
  assert.deepEqual(
    entries.map(({ name, took }) => [name, took]),
    [
      ["echo", undefined],
      ["echo", 30],
      ["question", undefined],
      ["question", 7],
      ["ack", undefined],
    ],
  );
  assert.deepEqual(measured, [[30, "ack"]]);
});

test("round trips are measured by the client's ping, by CONNECT and by acks", () => {
  const { made, message, measured } = recorder();
  message("out", "0/chat,", 0);
  message("in", '0/chat,{"sid":"a"}', 11);
  made.packet("out", { type: "ping", data: "" }, 50);
  made.packet("in", { type: "pong" }, 55);
  made.packet("in", { type: "ping" }, 60);
  made.packet("out", { type: "pong" }, 61);
  assert.deepEqual(measured, [
    [11, "connect"],
    [5, "ping"],
  ]);
});

test("nothing of a lost connection waits for the next one", () => {
  const { made, message, entries, measured } = recorder();
  message("out", '20["echo"]', 0);
  message("in", '51-["file",{"_placeholder":true,"num":0}]', 0);
  made.lost();
  message("in", '30["a"]', 10);
  message("in", Uint8Array.of(1), 10);
  assert.equal(entries[2]?.took, undefined);
  assert.equal(entries[3]?.kind, "problem");
  assert.deepEqual(measured, []);
});

test("any text becomes a line", () => {
  const { message, entries } = recorder();
  const bad = ["", "x", "2", "2[", '2{"a":1}', '5999999999-["a"]', "3", "2[null]", `2["${"a".repeat(300_000)}"]`];
  for (const text of bad) message("in", text);
  assert.equal(entries.length, bad.length);
  const long = entries.at(-1) as Entry;
  assert.ok((long.raw[0] as string).length < 100_010, "a long message is cut");
  assert.equal(long.size, 300_006);
});

test("lines of two connections never have the same number, and later ones have larger ones", () => {
  const [first, second] = [recorder(), recorder()];
  for (const { message } of [first, second, first]) message("in", '2["a"]');
  const [[one, three], [two]] = [first.entries, second.entries].map((entries) => entries.map(({ number }) => number)) as [number[], number[]];
  assert.ok((one as number) < (two as number) && (two as number) < (three as number));
});
