/** The JSON of events against the vectors of socket.io-parser. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { reconstruct, serialize } from "../../src/binary.js";
import { cases, content, plain, value } from "./support/values.js";

const isEvent = (packet: any) => packet && [2, 3, 5, 6].includes(packet.type) && Array.isArray(packet.data);

test("events are encoded like in socket.io-parser", () => {
  let count = 0;
  for (const one of cases) {
    if (one.layer !== "sio" || one.op !== "encode" || one.protocol !== 5 || !isEvent(one["packet"]) || one["packet"].type > 3) continue;
    const { packet, frames, error, id, name } = one;
    // The file of vectors cannot express boxed primitives.
    if (/boxed primitives/.test(name)) continue;
    const write = () => serialize(value(packet.data));
    if (error) {
      if (/circular|BigInt|call stack/i.test(error)) assert.throws(write, `${id} ${name}`);
      continue;
    }
    const [text, attachments] = write();
    const [head, ...rest] = frames.map(content);
    assert.ok((head as string).endsWith(text), `${id} ${name}: ${text} in ${head}`);
    assert.deepEqual(attachments.map(plain), rest.map(plain), `${id} ${name}`);
    count++;
  }
  assert.ok(count > 60, `${count}`);
});

test("attachments are reconstructed like in socket.io-parser", () => {
  let count = 0;
  for (const { layer, op, protocol, frames, result, id, name } of cases) {
    if (layer !== "sio" || op !== "decode" || protocol !== 5 || frames.length < 2 || result.pending) continue;
    const [head, ...attachments] = frames.map(content);
    const [, text] = (typeof head === "string" && /^[56]\d+-(?:\/[^,]*,)?\d*(\[.*)$/.exec(head)) || [];
    const isWhole = text && attachments.every((part: unknown) => typeof part !== "string");
    if (!isWhole || (!result.ok && result.error !== "illegal attachments") || (result.ok && result.packets.length !== 1)) continue;
    const put = () => reconstruct(JSON.parse(text), attachments);
    if (result.ok) assert.deepEqual(plain(put()), plain(value(result.packets[0].data)), `${id} ${name}`);
    else assert.throws(put, { message: "illegal attachments" }, `${id} ${name}`);
    count++;
  }
  assert.ok(count > 10, `${count}`);
});

test("toJSON is called once, and its result is not converted again", () => {
  const once = { toJSON: () => ({ a: new Uint8Array(1) }) };
  assert.deepEqual(serialize(["x", once]), ['["x",{"a":{"_placeholder":true,"num":0}}]', [new Uint8Array(1)]]);
});

test("a cycle is a RangeError", () => {
  const cycle: unknown[] = [];
  cycle.push(cycle);
  assert.throws(() => serialize(cycle), RangeError);
});
