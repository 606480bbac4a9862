/** The frames of WebTransport's streams against the vectors, and their chunks cut anywhere. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { BadFrame, encodeFrame, readFrames } from "../../src/stream-frames.js";
import { type Case, cases, content, plain, value } from "./support/values.js";

const TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

const of = (op: string) => cases.filter((one) => one.layer === "eio" && one.op === op);

/** Returns the content of the frames in the chunks, and whether one was malformed. */
function decode(chunks: Uint8Array[], max: number): { frames: unknown[]; isBad: boolean } {
  const frames: unknown[] = [];
  const receive = readFrames((frame) => frames.push(plain(frame)), max);
  try {
    for (const chunk of chunks) receive(chunk);
    return { frames, isBad: false };
  } catch (error) {
    assert(error instanceof BadFrame, String(error));
    return { frames, isBad: true };
  }
}

/** Returns the content of the frame of a packet of the vectors, as the machine has it. */
function frame({ type, data }: any): unknown {
  const payload = value(data);
  return payload instanceof Uint8Array ? plain(payload) : TYPES.indexOf(type) + (payload || "");
}

/** A packet that the machine finds malformed, not the reader of frames: its type, or base64 in the place of text. */
/** An empty attachment, which engine.io-parser writes and does not read. */
const isEmptyBinary = ({ chunks }: Case) => (content(chunks[0] || { b: "" }) as Uint8Array)[0] === 128;

const isForTheMachine = ({ chunks }: Case) => chunks.some((chunk: any) => /^(ATc|B\+\+7v|A\+\+7vw|BWJ|AWI)/.test(chunk.b));

/** The reference holds the marks of long lengths to the limit, too, which then is below 128. */
const hasTinyLimit = ({ maxPayload, chunks }: Case) =>
  maxPayload < 128 && [126, 127].includes((content(chunks[0] || { b: "" }) as Uint8Array)[0] as number);

test("frames are written as engine.io-parser writes them", () => {
  let count = 0;
  for (const { id, packet, header, body, bodyLen } of of("encodeStream") as any[]) {
    const payload = value(packet.data);
    // Differs on purpose: engine.io-parser writes an empty attachment in a way that it does not read.
    if (payload instanceof Uint8Array && !payload.length) continue;
    // No application sends anything but text in packets of these types.
    if (packet.type !== "message" && payload instanceof Uint8Array) continue;
    const encoded = encodeFrame(payload instanceof Uint8Array ? payload : TYPES.indexOf(packet.type) + (payload || ""));
    const head = content(header) as Uint8Array;
    assert.deepEqual(plain(encoded.slice(0, head.length)), plain(head), id);
    if (body) assert.deepEqual(plain(encoded.slice(head.length)), plain(content(body)), id);
    else assert.equal(encoded.length - head.length, bodyLen, id);
    count += 1;
  }
  assert(count > 10);
});

test("frames are read as engine.io-parser reads them, wherever the chunks are cut", () => {
  let count = 0;
  for (const one of of("decodeStream")) {
    // Our own limit is far below these, and an empty attachment is read.
    if (isEmptyBinary(one) || isForTheMachine(one) || hasTinyLimit(one) || one["maxPayload"] > 2 ** 50) continue;
    const chunks: Uint8Array[] = one["chunks"].map(content);
    const packets: any[] = one["result"];
    const isBad = packets.some(({ type }) => type === "error");
    const until = isBad ? packets.findIndex(({ type }) => type === "error") : packets.length;
    const expected = { frames: packets.slice(0, until).map(frame), isBad };
    assert.deepEqual(decode(chunks, one["maxPayload"]), expected, one.id);
    const bytes = Uint8Array.from(chunks.flatMap((chunk) => [...chunk]));
    const single = [...bytes].map((byte) => Uint8Array.of(byte));
    assert.deepEqual(decode(single, one["maxPayload"]), expected, `${one.id}, byte by byte`);
    for (let at = 0; at < bytes.length; at++) {
      const cut = [bytes.subarray(0, at), bytes.subarray(at)];
      assert.deepEqual(decode(cut, one["maxPayload"]), expected, `${one.id}, cut at ${at}`);
    }
    count += 1;
  }
  assert(count > 20);
});

test("what was written is read again, at every length around a mark", () => {
  for (const length of [1, 2, 125, 126, 127, 65_535, 65_536, 200_000]) {
    const bytes = new Uint8Array(length).fill(7);
    const { frames } = decode([encodeFrame("4" + "é".repeat(length)), encodeFrame(bytes)], 1 << 27);
    assert.deepEqual(frames, ["4" + "é".repeat(length), plain(bytes)]);
  }
});

test("a frame above the limit is refused by its head alone", () => {
  const head = encodeFrame(new Uint8Array(70_000)).slice(0, 9);
  assert.deepEqual(decode([head], 69_999), { frames: [], isBad: true });
  assert.deepEqual(decode([head], 70_000), { frames: [], isBad: false });
});
