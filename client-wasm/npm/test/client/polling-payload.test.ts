/** Polling bodies against the vectors of both Engine.IO versions. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { OutFrame } from "../../src/machine/contract.js";
import { decodePayload, encodePayload, type InFrame } from "../../src/polling-payload.js";
import { type Case, cases, content, plain, value } from "./support/values.js";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

/** Converts a packet of the vectors to a frame of the machine. */
function frame({ type, data }: any, version: number): OutFrame {
  const payload = value(data);
  const binary = payload instanceof Uint8Array;
  const digit = TYPES.indexOf(type);
  const head = binary ? (version === 3 ? String.fromCharCode(digit) : "") : "" + digit;
  return { binary, head, payload };
}

/** Converts a frame to a packet of the vectors. */
function packet(given: InFrame, version: number): unknown {
  if (given === undefined) return { type: "error", data: "parser error" };
  if (typeof given === "string") return { type: TYPES[+(given[0] as string)], ...(given.length > 1 ? { data: given.slice(1) } : {}) };
  return version === 3 ? { type: TYPES[given[0] as number], data: plain(given.subarray(1)) } : { type: "message", data: plain(given) };
}

/** Returns the reason why a case does not apply. */
function excused(one: Case): string | undefined {
  const { op, protocol, packets = [], supportsBinary, payload, result } = one as any;
  if (op === "encodePayload" && protocol === 3 && supportsBinary && "b" in payload) return "binary data is sent as base64, which every server reads";
  if (op === "encodePayload" && packets.some(({ type, data }: any) => type !== "message" && value(data) instanceof Uint8Array))
    return "the machine sends binary data only in messages";
  if (op === "encodePayload" && protocol === 4 && !packets.length) return "the machine does not post an empty body";
  if (op === "decodePayload" && (result.packets || result).some(({ type }: any) => !type))
    return "engine.io-parser accepts a packet without a type, which is useless";
  if ("b" in payload && hasOddLength(content(payload) as Uint8Array)) return "a length with bytes that are not digits, which servers do not send";
  if ("b" in payload && /,237,|,195,81$/.test(one.name)) return "bytes that are not UTF-8, which servers do not send";
  return undefined;
}

/** Returns whether a binary body has an empty length, or one with bytes that are not digits. */
function hasOddLength(body: Uint8Array): boolean {
  for (let at = 0; at < body.length; ) {
    const end = body.indexOf(255, at + 1);
    const digits = [...body.subarray(at + 1, end)];
    if (end < 0) return false;
    if (!digits.length || digits.length > 300 || digits.some((digit) => digit > 9)) return true;
    at = end + 1 + Number(digits.join(""));
  }
  return false;
}

/** Returns the packets up to the first error, where the machine stops reading. */
const untilError = (packets: any[]) => {
  const at = packets.findIndex(({ type }) => type === "error");
  return at < 0 ? packets : packets.slice(0, at + 1);
};

const of = (op: string) => cases.filter((one) => one.layer === "eio" && one.op === op);

for (const version of [3, 4] as const) {
  test(`bodies of Engine.IO ${version} are encoded like in engine.io-parser`, () => {
    let count = 0;
    for (const one of of("encodePayload").filter(({ protocol }) => protocol === version)) {
      if (excused(one)) continue;
      assert.deepEqual(
        encodePayload(
          `eio${version}`,
          one["packets"].map((packet: any) => frame(packet, version)),
        ),
        content(one["payload"]),
        `${one.id} ${one.name}`,
      );
      count++;
    }
    assert.ok(count > 8, `${count}`);
  });

  test(`bodies of Engine.IO ${version} are decoded like in engine.io-parser`, () => {
    let count = 0;
    for (const one of of("decodePayload").filter(({ protocol }) => protocol === version)) {
      if (excused(one)) continue;
      const body = content(one["payload"]);
      const frames = decodePayload(`eio${version}`, typeof body === "string" ? body : (body.slice().buffer as ArrayBuffer));
      const expected = untilError(one["result"].packets || one["result"]).map(({ type, data }: any) =>
        data === undefined ? { type } : { type, data: plain(value(data)) },
      );
      assert.deepEqual(
        frames.map((given) => packet(given, version)),
        expected,
        `${one.id} ${one.name}`,
      );
      count++;
    }
    assert.ok(count > 10, `${count}`);
  });
}
