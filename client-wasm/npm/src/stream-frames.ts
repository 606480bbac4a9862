/** The frames of Engine.IO in a stream: a byte with the type and a short length, or a mark of a longer length that follows it; the content. */

import { bytesOf } from "./binary.js";
import { decodeUtf8 } from "./utf8.js";

/** The limit of a received frame in bytes: that of a packet in the core. */
const MAX_FRAME = 0x8000000;

/** The error of a frame with a length of 0 or above the limit. */
export class BadFrame extends Error {}

/** Returns a text or binary data as a frame. Empty data is base64 in a text, because engine.io-parser does not read empty frames. */
export function encodeFrame(data: unknown): Uint8Array {
  if (typeof data !== "string" && !bytesOf(data).length) return encodeFrame("b");
  const isText = typeof data === "string";
  const content = isText ? new TextEncoder().encode(data) : bytesOf(data);
  const { length } = content;
  const start = length < 126 ? 1 : length < 65536 ? 3 : 9;
  const frame = new Uint8Array(start + length);
  const view = new DataView(frame.buffer);
  frame[0] = (isText ? 0 : 128) + (start === 1 ? length : start === 3 ? 126 : 127);
  if (start === 3) view.setUint16(1, length);
  if (start === 9) {
    view.setUint32(1, length / 2 ** 32);
    view.setUint32(5, length);
  }
  frame.set(content, start);
  return frame;
}

/** Returns a function that takes the chunks of a stream and passes on the content of its frames. It throws `BadFrame`. */
export function readFrames(received: (content: string | ArrayBuffer) => void, max = MAX_FRAME): (chunk: Uint8Array) => void {
  const chunks: Uint8Array[] = [];
  let size = 0;
  /** The number of bytes of the next part, and what takes them. */
  let wanted = 1;
  let next = readHead;
  let isText = false;

  function readHead(bytes: Uint8Array): void {
    const head = bytes[0] as number;
    const length = head & 127;
    isText = head < 128;
    if (length < 126) {
      expectContent(length);
    } else {
      wanted = length === 126 ? 2 : 8;
      next = readLength;
    }
  }

  function readLength(bytes: Uint8Array): void {
    expectContent(bytes.reduce((length, byte) => length * 256 + byte, 0));
  }

  function expectContent(length: number): void {
    // engine.io-parser writes an empty attachment as such a frame, and cannot read it.
    if ((!length && isText) || length > max) throw new BadFrame(`a frame of ${length} bytes, but 1 to ${max} are allowed`);
    wanted = length;
    next = readContent;
  }

  function readContent(bytes: Uint8Array): void {
    wanted = 1;
    next = readHead;
    received(isText ? decodeUtf8(bytes) : (bytes.buffer as ArrayBuffer));
  }

  /** Removes the first bytes of the chunks. */
  function take(length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; ) {
      const chunk = chunks[0] as Uint8Array;
      const part = chunk.subarray(0, length - at);
      bytes.set(part, at);
      at += part.length;
      if (part.length < chunk.length) chunks[0] = chunk.subarray(part.length);
      else chunks.shift();
    }
    size -= length;
    return bytes;
  }

  return (chunk) => {
    chunks.push(chunk);
    size += chunk.length;
    while (size >= wanted) next(take(wanted));
  };
}
