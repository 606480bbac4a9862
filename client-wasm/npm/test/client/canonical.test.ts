/** The rule which packets may pass the machine by, with the vectors of the core: what it reads is what the official parsers read. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { isEventName, isReserved, readHeader, writeHeader } from "../../src/canonical.js";
import { cases, content } from "./support/values.js";

test("headers of events and acks are read", () => {
  const event = { isAck: false, attachments: 0, name: "/", id: -1 };
  assert.deepEqual(readHeader('42["a"]'), { ...event, length: 2 });
  assert.deepEqual(readHeader('4212["a"]'), { ...event, id: 12, length: 4 });
  assert.deepEqual(readHeader('42/chat,["a"]'), { ...event, name: "/chat", length: 8 });
  assert.deepEqual(readHeader('42/chat,7["a"]'), { ...event, name: "/chat", id: 7, length: 9 });
  assert.deepEqual(readHeader("430[]"), { ...event, isAck: true, id: 0, length: 3 });
  assert.deepEqual(readHeader('452-/chat,7["a"]'), { ...event, attachments: 2, name: "/chat", id: 7, length: 11 });
  assert.deepEqual(readHeader("4610-999999999999999[]"), { ...event, isAck: true, attachments: 10, id: 999999999999999, length: 20 });
});

test("what is written in another way, or is no event or ack, is not read", () => {
  const others = [
    "",
    "4",
    "42",
    "42{}",
    "42/chat",
    "42/chat,",
    "42 []",
    "42- 1[]",
    "421 []",
    "42/chat,1",
    "421000000000000000[]",
    "43[]",
    "43/chat,[]",
  ];
  const counts = ["45[]", "45-[]", "450-[]", "4501-[]", "45100-[]", "450x1-[]", "45 1-[]", "46-0[]", "461-[]"];
  const types = ["40", '40{"sid":"a"}', "41", "44{}", "47[]", "2", "3", "6", "1", "x42[]", " 42[]"];
  for (const text of [...others, ...counts, ...types, `42/${"n".repeat(100)},[]`]) assert.equal(readHeader(text), undefined, text);
});

test("of all vectors, a header that is read is that of the packet", () => {
  let read = 0;
  for (const { layer, op, frames, result } of cases) {
    if (layer !== "sio" || op !== "decode" || !result.ok || result.packets.length !== 1) continue;
    const text = content(frames[0]);
    const header = typeof text === "string" && readHeader(`4${text}`);
    if (!header) continue;
    read++;
    const { type, nsp, id = -1 } = result.packets[0];
    assert.deepEqual([header.isAck, header.name, header.id], [type === 3 || type === 6, nsp, id], `${text}`);
    if (header.attachments) assert.equal(header.attachments, frames.length - 1);
  }
  assert.ok(read > 20, `only ${read}`);
});

test("a written header is read as it was", () => {
  for (const isAck of [false, true]) {
    for (const attachments of [0, 1, 10]) {
      for (const name of ["/", "/chat"]) {
        for (const id of isAck ? [0, 12] : [-1, 0, 12]) {
          const text = writeHeader(isAck ? 3 : 2, attachments, name, id);
          assert.deepEqual(readHeader(`${text}[]`), { isAck, attachments, name, id, length: text.length });
        }
      }
    }
  }
});

test("an event has a name that is not reserved, or a number", () => {
  for (const name of ["a", "", "ping", "toString", 0, 7]) assert.ok(isEventName(name), `${name}`);
  for (const name of ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"]) {
    assert.ok(isReserved(name) && !isEventName(name), name);
  }
  for (const name of [undefined, null, true, {}, ["a"]]) assert.ok(!isEventName(name) && !isReserved(name));
});
