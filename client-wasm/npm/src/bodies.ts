/** Bodies of long-polling in the forms of both generations: packets put together, and taken apart. */

import { fromBase64, toBase64 } from "./base64.js";
import type { EngineVersion, OutFrame } from "./machine/contract.js";

/** A packet as it would come over a WebSocket; `undefined`: one that cannot be read, and the last. */
export type InFrame = string | Uint8Array | undefined;

const SEPARATOR = "\x1e";

/** A frame as the text that stands for it in a body: binary as base64, in Engine.IO 3 with the packet's type in front. */
export const asText = ({ binary, head, payload }: OutFrame): string =>
  binary ? "b" + (head && head.charCodeAt(0)) + toBase64(bytesOf(payload)) : head + (payload === undefined ? "" : payload);

/** One body of some packets. No packet may hold a blob: its bytes come later than the body is wanted. */
export function join(version: EngineVersion | undefined, frames: OutFrame[]): string {
  const texts = frames.map(asText);
  return version === "eio3" ? texts.map((text) => text.length + ":" + text).join("") || "0:" : texts.join(SEPARATOR);
}

/** The bytes of an `ArrayBuffer`, of a view, or of a buffer of another realm. */
export const bytesOf = (data: unknown): Uint8Array =>
  ArrayBuffer.isView(data) ? new Uint8Array(data.buffer, data.byteOffset, data.byteLength) : new Uint8Array(data as ArrayBuffer);

/** The form of a body whose asker does not know the generation yet: only Engine.IO 3 writes lengths. */
export const formOf = (body: string | ArrayBuffer): EngineVersion => (typeof body !== "string" || /^\d+:0\{/.test(body) ? "eio3" : "eio4");

/** The packets of a body, up to the first that cannot be read. */
export function split(version: EngineVersion, body: string | ArrayBuffer): InFrame[] {
  const frames: InFrame[] = [];
  const take = (frame: InFrame): boolean => !!frames.push(frame) && frame !== undefined;
  if (typeof body !== "string") {
    splitOctets(new Uint8Array(body), take);
  } else if (version === "eio3") {
    splitLengths(body, take);
  } else {
    body.split(SEPARATOR).every((text) => take(checked(text, text[0] === "b" ? fromBase64(text.slice(1)) : text)));
  }
  return frames;
}

/** Nothing if the text does not begin as a packet does. */
const checked = (text: string, frame: InFrame): InFrame => (/^[0-6b]/.test(text) ? frame : undefined);

/** A packet of Engine.IO 3's in a body of text: of binary, the type stands as a digit behind the `b`. */
function typed(text: string): InFrame {
  if (text[0] !== "b") return checked(text, text);
  const bytes = fromBase64(text.slice(2), 1);
  bytes[0] = +(text[1] as string);
  return /^b[0-6]/.test(text) ? bytes : undefined;
}

/** Lengths count UTF-16 units, as JavaScript's strings do, and are whatever `Number` takes. */
function splitLengths(body: string, take: (frame: InFrame) => boolean): void {
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
    if (length && !take(typed(text))) return;
  }
}

/**
 * Per packet: 0 for text or anything else for binary, the digits of the length as bytes, 255, the packet. The last may be shorter; a
 * length that cannot be read spoils the whole body.
 */
function splitOctets(body: Uint8Array, take: (frame: InFrame) => boolean): void {
  const packets: [isText: boolean, packet: Uint8Array][] = [];
  for (let at = 0; at < body.length; ) {
    const isText = !body[at++];
    const digits = at;
    let length = 0;
    for (; (body[at] as number) < 10; at++) length = length * 10 + (body[at] as number);
    if (at === digits || body[at] !== 255) {
      take(undefined);
      return;
    }
    packets.push([isText, body.subarray(at + 1, at + 1 + length)]);
    at += 1 + length;
  }
  packets.every(([isText, packet]) => take(isText ? decoded(packet) : packet));
}

function decoded(bytes: Uint8Array): InFrame {
  try {
    return typed(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return undefined;
  }
}
