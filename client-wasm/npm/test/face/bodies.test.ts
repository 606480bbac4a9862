/** Bodies of polling, held to the vectors of both generations. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { type InFrame, join, split } from "../../src/bodies.js";
import type { OutFrame } from "../../src/machine/contract.js";
import { type Case, cases, content, plain, value } from "./support/values.js";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

/** A packet of the vectors as the machine gives it. */
function frame({ type, data }: any, generation: number): OutFrame {
  const payload = value(data);
  const binary = payload instanceof Uint8Array;
  const digit = TYPES.indexOf(type);
  const head = binary ? (generation === 3 ? String.fromCharCode(digit) : "") : "" + digit;
  return { binary, head, payload };
}

/** A frame as the vectors have packets. */
function packet(given: InFrame, generation: number): unknown {
  if (given === undefined) return { type: "error", data: "parser error" };
  if (typeof given === "string") return { type: TYPES[+(given[0] as string)], ...(given.length > 1 ? { data: given.slice(1) } : {}) };
  return generation === 3 ? { type: TYPES[given[0] as number], data: plain(given.subarray(1)) } : { type: "message", data: plain(given) };
}

/** Cases that cannot hold, and why. */
function excused(one: Case): string | undefined {
  const { op, protocol, packets = [], supportsBinary, payload, result } = one as any;
  if (op === "encodePayload" && protocol === 3 && supportsBinary && "b" in payload)
    return "to a server, binary goes as base64: every server reads that";
  if (op === "encodePayload" && packets.some(({ type, data }: any) => type !== "message" && value(data) instanceof Uint8Array))
    return "the machine sends binary as messages alone";
  if (op === "encodePayload" && protocol === 4 && !packets.length) return "the machine posts no empty body";
  if (op === "decodePayload" && (result.packets || result).some(({ type }: any) => !type))
    return "the reference takes a packet without a type, and can do nothing with it";
  if ("b" in payload && hasOddLength(content(payload) as Uint8Array)) return "a length of other than digits, which no server writes";
  if ("b" in payload && /,237,|,195,81$/.test(one.name)) return "bytes that are no text, which no server writes";
  return undefined;
}

/** Whether a body of bytes has a length with what is no digit in it, or none. */
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

/** All up to the first that cannot be read: the machine wants no more. */
const untilError = (packets: any[]) => {
  const at = packets.findIndex(({ type }) => type === "error");
  return at < 0 ? packets : packets.slice(0, at + 1);
};

const of = (op: string) => cases.filter((one) => one.layer === "eio" && one.op === op);

for (const generation of [3, 4] as const) {
  const version = `eio${generation}` as const;
  test(`bodies of Engine.IO ${generation} are put together as the reference does`, () => {
    let held = 0;
    for (const one of of("encodePayload").filter(({ protocol }) => protocol === generation)) {
      if (excused(one)) continue;
      assert.deepEqual(
        join(
          version,
          one["packets"].map((packet: any) => frame(packet, generation)),
        ),
        content(one["payload"]),
        `${one.id} ${one.name}`,
      );
      held++;
    }
    assert.ok(held > 8, `${held}`);
  });

  test(`bodies of Engine.IO ${generation} are taken apart as the reference does`, () => {
    let held = 0;
    for (const one of of("decodePayload").filter(({ protocol }) => protocol === generation)) {
      if (excused(one)) continue;
      const body = content(one["payload"]);
      const frames = split(version, typeof body === "string" ? body : (body.slice().buffer as ArrayBuffer));
      const expected = untilError(one["result"].packets || one["result"]).map(({ type, data }: any) =>
        data === undefined ? { type } : { type, data: plain(value(data)) },
      );
      assert.deepEqual(
        frames.map((given) => packet(given, generation)),
        expected,
        `${one.id} ${one.name}`,
      );
      held++;
    }
    assert.ok(held > 10, `${held}`);
  });
}
