/** UTF-8 with and without `TextDecoder`. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { decodeUtf8 } from "../../src/utf8.js";
import { fakeGlobal } from "./support/host.js";

const TEXTS = ["", "a%20", "é", "聊天", "\u{1f600}", "\ufeffbom\0"];

test("UTF-8 is decoded where `TextDecoder` is missing", (t) => {
  fakeGlobal(t, "TextDecoder", TextDecoder);
  for (const Decoder of [TextDecoder, undefined]) {
    (globalThis as any).TextDecoder = Decoder;
    for (const text of TEXTS) assert.equal(decodeUtf8(Buffer.from(text), true), text);
    for (const hex of ["ff", "c0af", "eda080", "e8"]) assert.throws(() => decodeUtf8(Buffer.from(hex, "hex"), true));
  }
});
