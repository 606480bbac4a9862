/** Bodies of long-polling for Engine.IO 3 and 4: engine.io-parser's `encodePayload` and `decodePayload`. */

import { fromBase64, toBase64 } from "./base64.js";
import { bytesOf } from "./binary.js";
import type { EngineVersion, OutFrame } from "./machine/contract.js";
import { decodeUtf8 } from "./utf8.js";

/** A packet, as a WebSocket would receive it; `undefined` is an unreadable packet, and always the last. */
export type InFrame = string | Uint8Array | undefined;

const SEPARATOR = "\x1e";

/** Encodes a frame as text: binary data as base64, in Engine.IO 3 after the digit of the packet type. */
export const frameAsText = ({ binary, head, payload }: OutFrame): string =>
  binary ? "b" + (head && head.charCodeAt(0)) + toBase64(bytesOf(payload)) : head + (payload === undefined ? "" : payload);

/** Encodes packets as one body. A packet must not hold a `Blob`, because reading one is asynchronous. */
export function encodePayload(version: EngineVersion | undefined, frames: OutFrame[]): string {
  const texts = frames.map(frameAsText);
  return version === "eio3" ? texts.map((text) => text.length + ":" + text).join("") || "0:" : texts.join(SEPARATOR);
}

/** Returns the Engine.IO version of a body from a server of unknown version: only Engine.IO 3 writes lengths. */
export const versionOfBody = (body: string | ArrayBuffer): EngineVersion => (typeof body !== "string" || /^\d+:0\{/.test(body) ? "eio3" : "eio4");

/** Decodes the packets of a body, up to the first unreadable one. */
export function decodePayload(version: EngineVersion, body: string | ArrayBuffer): InFrame[] {
  const frames: InFrame[] = [];
  const take = (frame: InFrame): boolean => !!frames.push(frame) && frame !== undefined;
  if (typeof body !== "string") {
    decodeBinaryBody(new Uint8Array(body), take);
  } else if (version === "eio3") {
    decodeTextBody(body, take);
  } else {
    body.split(SEPARATOR).every((text) => take(checked(text, text[0] === "b" ? fromBase64(text.slice(1)) : text)));
  }
  return frames;
}

/** Returns the frame, or `undefined` if its text does not begin with a packet type. */
const checked = (text: string, frame: InFrame): InFrame => (/^[0-6b]/.test(text) ? frame : undefined);

/** Decodes an Engine.IO 3 packet from text; in a binary packet, the type is a digit after the `b`. */
function decodeText(text: string): InFrame {
  if (text[0] !== "b") return checked(text, text);
  const bytes = fromBase64(text.slice(2), 1);
  bytes[0] = +(text[1] as string);
  return /^b[0-6]/.test(text) ? bytes : undefined;
}

/** Decodes `<length>:<packet>` sequences. Lengths count UTF-16 units, like JavaScript strings, and are parsed by `Number`. */
function decodeTextBody(body: string, take: (frame: InFrame) => boolean): void {
  if (!body) take(undefined);
  for (let at = 0; at < body.length; ) {
    const colon = body.indexOf(":", at);
    const length = colon <= at ? NaN : Number(body.slice(at, colon));
    at = colon + 1;
    const text = body.slice(at, at + length);
    if (!(length >= 0) || text.length !== length) {
      take(undefined);
      return;
    }
    at += length;
    if (length && !take(decodeText(text))) return;
  }
}

/**
 * Decodes a binary body. Each packet is a byte (0 for text, else binary), the digits of its length as bytes, 255, and its content. The last
 * packet may be shorter than its length; an unreadable length makes the whole body unreadable.
 */
function decodeBinaryBody(body: Uint8Array, take: (frame: InFrame) => boolean): void {
  const packets: [isText: boolean, packet: Uint8Array][] = [];
  for (let at = 0; at < body.length; ) {
    const isText = !body[at++];
    const start = at;
    let length = 0;
    for (; (body[at] as number) < 10; at++) length = length * 10 + (body[at] as number);
    if (at === start || body[at] !== 255) {
      take(undefined);
      return;
    }
    packets.push([isText, body.subarray(at + 1, at + 1 + length)]);
    at += 1 + length;
  }
  packets.every(([isText, packet]) => take(isText ? decodeTextOf(packet) : packet));
}

function decodeTextOf(bytes: Uint8Array): InFrame {
  try {
    return decodeText(decodeUtf8(bytes, true));
  } catch {
    return undefined;
  }
}
