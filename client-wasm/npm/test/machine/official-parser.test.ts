/** The reader of packets beside socket.io-parser, with random texts: both accept the same ones, and read the same fields. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { Decoder, PacketType } from "socket.io-parser";

import { readPacket } from "../../src/machine/packets.js";
import { Random } from "../client/lane/random.js";

const RUNS = 50_000;

/** The pieces of the texts. */
const PARTS = [
  ..."012345678-,[]{} \t\n\\\"é\u2028",
  ...["", "/", "/a", "/a?b=c", "1-", "2-", "0-", "1e1-", "-1-", "12", "9007199254740993", "1e400-", "\u{1f600}"],
  ...['"a"', '"connect"', '["\\u0063onnect"]', '["a"]', '["a",{"_placeholder":true,"num":0}]', '["connect"]', "[1]", "[null]", "[[]]", "[true]"],
  ...["null", "true", '{"sid":"x"}', '{"message":"m"}'],
];

interface Fields {
  type: number;
  namespace: string | undefined;
  /** `undefined` if there is none, or a text of digits and spaces that is not a number. */
  id: number | undefined;
  attachments: number;
}

const numberOf = (id: number | undefined) => (Number.isNaN(id) ? undefined : id);

/** Returns the fields that socket.io-parser reads, or nothing if it throws. */
function official(text: string): Fields | undefined {
  const decoder = new Decoder({ maxAttachments: Number.POSITIVE_INFINITY });
  let fields: Fields | undefined;
  const read = ({ type, nsp, id, attachments }: { type: number; nsp: string; id?: number; attachments?: number }) => {
    fields = { type, namespace: nsp, id: numberOf(id), attachments: Number(attachments || 0) };
  };
  decoder.on("decoded", read);
  try {
    decoder.add(text);
  } catch {
    return undefined;
  }
  // A packet with attachments waits for them, as an event or an ack.
  const { reconstructor } = decoder as unknown as { reconstructor?: { reconPack: Parameters<typeof read>[0] } };
  if (reconstructor) {
    read(reconstructor.reconPack);
    (fields as unknown as Fields).type = Number(text[0]);
  }
  return fields;
}

/** Whether socket.io-parser takes a payload. It does not look for one that is missing. */
function fits(type: number, payload: string): boolean {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    return false;
  }
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (type === PacketType.CONNECT) return isObject;
  if (type === PacketType.DISCONNECT) return false;
  if (type === PacketType.CONNECT_ERROR) return typeof value === "string" || isObject;
  return Array.isArray(value);
}

/** Returns the fields that the package reads, or nothing for a packet that ends the connection. */
function own(text: string): Fields | undefined {
  const { numbers, texts, payload } = readPacket(`4${text}`);
  const [, type = NaN, attachments = NaN, id, , name] = numbers;
  if (type > PacketType.BINARY_ACK || (payload && (name || !fits(type, payload as string)))) return undefined;
  return { type, namespace: texts[0], id: numberOf(id), attachments };
}

test(`of ${RUNS} random texts, the reader accepts those that socket.io-parser accepts, and reads the same fields`, () => {
  const random = new Random(1);
  const accepted = new Set<string>();
  for (let run = 0; run < RUNS; run++) {
    let text = "";
    for (let length = random.below(8); length >= 0; length--) text += random.pick(PARTS);
    const fields = official(text);
    assert.deepEqual(own(text), fields, JSON.stringify(text));
    if (fields) accepted.add(`${fields.type} ${fields.namespace !== "/"} ${fields.id !== undefined}`);
  }
  // Without and with a namespace, without and with an id: of each type but those for whose ids there is no use.
  assert.ok(accepted.size > 20, [...accepted].join());
});
