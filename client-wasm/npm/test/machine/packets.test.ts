/** The reader of packets, with the vectors of the core: it reads what the official parsers read. `replay.test.ts` compares it with the core's. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { readPacket, writeSession } from "../../src/machine/packets.js";
import { cases, content } from "../client/support/values.js";

/** Where a number of a Socket.IO packet is: its type, attachments, ack id, the first unit of its payload, and what its event name is. */
const [TYPE, ATTACHMENTS, ID, FIRST, NAME] = [1, 2, 3, 4, 5] as const;

/** Returns a type without regard to attachments: the parser's events have no other. */
const plain = (type: number) => (type > 4 ? type - 3 : type);
const first = (payload: string) => payload.charCodeAt(0);

test("of all vectors, a packet that the official parser accepts is read as the parser reads it", () => {
  let read = 0;
  for (const { layer, op, protocol, frames, result } of cases) {
    // The parser of protocol 4 makes a packet of its errors.
    if (layer !== "sio" || op !== "decode" || protocol !== 5 || !result.ok || result.packets.length !== 1) continue;
    const text = content(frames[0]);
    if (typeof text !== "string" || text.length > 490) continue;
    read++;
    const { type, nsp, id } = result.packets[0];
    const { numbers, texts } = readPacket(`4${text}`);
    const message = JSON.stringify(text);
    assert.equal(plain(numbers[TYPE] as number), plain(type), message);
    assert.equal(texts[0], nsp, message);
    if (typeof id === "number") assert.equal(numbers[ID], id, message);
    assert.equal(numbers[ATTACHMENTS], (numbers[TYPE] as number) > 4 ? frames.length - 1 : 0, message);
  }
  assert.ok(read > 50, `only ${read}`);
});

test("of all vectors, a header that the official parser rejects is malformed", () => {
  const faults = new Map([["illegal attachments", 7], ["unknown packet type", 8]]);
  let rejected = 0;
  for (const { layer, op, frames, result } of cases) {
    if (layer !== "sio" || op !== "decode" || result.ok || frames.length > 1) continue;
    const text = content(frames[0]);
    const fault = [...faults].find(([words]) => String(result.error).toLowerCase().startsWith(words));
    if (typeof text !== "string" || !fault || /_placeholder/.test(text)) continue;
    rejected++;
    assert.equal(readPacket(`4${text}`).numbers[TYPE], fault[1], JSON.stringify(text));
  }
  assert.ok(rejected > 5, `only ${rejected}`);
});

test("packets of Engine.IO itself are numbers", () => {
  for (const [text, kind] of [["1", 1], ["2", 2], ["2probe", 2], ["3probe", 7], ["3probes", 3], ["6x", 6], ["7", 9], ["", 9], ["é", 9]] as const) {
    assert.deepEqual(readPacket(text), { numbers: [kind], texts: [] }, text);
  }
  assert.deepEqual(readPacket(undefined).numbers, [10]);
  assert.deepEqual(readPacket(new Uint8Array([9, 4]).subarray(1)).numbers, [8, 4]);
  assert.deepEqual(readPacket(new ArrayBuffer(0)).numbers, [8, undefined]);
});

test("a handshake has whole numbers, and a text as its id", () => {
  const read = (value: unknown) => readPacket(`0${typeof value === "string" ? value : JSON.stringify(value)}`);
  const session = { sid: "é", pingInterval: 25000, pingTimeout: 1e3, maxPayload: 1e6, upgrades: ["webtransport", "websocket"] };
  assert.deepEqual(read(session), { numbers: [0, 25000, 1000, 1000000, 3], texts: ["é"] });
  const none = { numbers: [0, -1, -1, -1, 0], texts: [""] };
  for (const text of ["", "{", "null", "7", '"x"', "[]", "{}"]) assert.deepEqual(read(text), none, text);
  for (const value of [-1, 0.5, "1", null, true, [1]]) assert.equal(read({ ...session, pingInterval: value }).numbers[1], -1, `${value}`);
  assert.equal(read('{"sid":"e","pingInterval":1e999}').numbers[1], -1);
  for (const sid of [7, null, "x".repeat(513)]) assert.deepEqual(read({ ...session, sid }).texts, [""]);
  assert.equal(read({ ...session, upgrades: "websocket" }).numbers[4], 0);
});

test("a reserved name is found however it is escaped, and a long text is not searched for it", () => {
  const name = (payload: string) => readPacket(`42${payload}`).numbers[NAME];
  for (const text of ['["connect"]', '[ "\\u0063onnect",1]', '["\\u0064\\u0069sconnecting"]']) assert.equal(name(text), 1, text);
  for (const text of ['["a"]', '["connect', '["connected"]', "[1]", "[-1]", `["${"\\\\".repeat(1 << 20)}"]`]) assert.equal(name(text), 0, text.slice(0, 20));
  for (const text of ["[]", "[null]", "{}", "x"]) assert.equal(name(text), 2, text);
});

test("a payload goes on after its header, whatever it is", () => {
  for (const payload of ["", '["a"]', "{", "é", "x".repeat(1 << 20)]) {
    const { numbers, payload: rest, size } = readPacket(`43/é,7${payload}`);
    assert.deepEqual([numbers[FIRST], rest, size], [first(payload), payload, payload.length]);
  }
});

test("a text of any length is read in the time of its length", () => {
  for (const part of ["/", ",", "-", "1", " ", '"', "\\", "[", "]", '["']) {
    for (const front of ["4", "42", "45", "42/", '42["', '40{"sid":']) assert.ok(readPacket(front + part.repeat(1 << 18)).numbers.length > 0);
  }
});

test("the session to restore is one object with the payload", () => {
  assert.equal(writeSession('"', "\n", false), '{"pid":"\\"","offset":"\\n"}');
  assert.deepEqual(JSON.parse(`${writeSession("p", "o", true)}"token":"t"}`), { pid: "p", offset: "o", token: "t" });
});
