/** Large frames of a WebSocket, masked four bytes at a time: the package `ws` masks byte by byte, which takes most of the time of sending one. */

import { randomFillSync } from "node:crypto";

import { bytesOf } from "../binary.js";

/** The payload begins here, because a word must not cross its border; the header, of 8 or 14 bytes, ends here. */
const START = 16;

/** The key that masks the payload lies in front of it. */
const KEY = START - 4;

/** Returns a frame of a client with a text, or with binary data, of at least 126 bytes (RFC 6455, 5.2). */
export function maskedFrame(data: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  const isText = typeof data === "string";
  const size = isText ? Buffer.byteLength(data) : data.byteLength;
  const room = Buffer.allocUnsafe(START + size + 3);
  if (isText) room.write(data, START);
  else room.set(bytesOf(data), START);
  randomFillSync(room, KEY, 4);
  mask(room, size);
  const isLong = size > 0xffff;
  const begin = KEY - (isLong ? 10 : 4);
  room[begin] = isText ? 0x81 : 0x82;
  room[begin + 1] = 0x80 | (isLong ? 127 : 126);
  room.writeUInt16BE(isLong ? 0 : size, begin + 2);
  if (isLong) room.writeUIntBE(size, begin + 4, 6);
  return room.subarray(begin, START + size);
}

/** Masks the payload in place; the last word may be longer than it. */
function mask({ buffer, byteOffset }: Uint8Array, size: number): void {
  const [key] = new Uint32Array(buffer, byteOffset + KEY, 1) as unknown as [number];
  const words = new Uint32Array(buffer, byteOffset + START, Math.ceil(size / 4));
  for (let i = 0; i < words.length; i++) words[i] = (words[i] as number) ^ key;
}
