/** Reads the vectors of the core and converts their tagged values to JavaScript values (PROTOCOL, "The vectors"). */

import { readFileSync } from "node:fs";
import { join } from "node:path";

const VECTORS = join(process.cwd(), "../../client-core/tests/vectors");

export interface Case {
  id: string;
  layer: "sio" | "eio";
  protocol: 3 | 4 | 5;
  op: string;
  name: string;
  [field: string]: any;
}

export const cases: Case[] = ["packets.json", "more.json"].flatMap((file) => JSON.parse(readFileSync(join(VECTORS, file), "utf8")));

const bytes = (base64: string) => new Uint8Array(Buffer.from(base64, "base64"));

const TAGS: Record<string, (content: any) => unknown> = {
  $bin: bytes,
  $undefined: () => undefined,
  $number: Number,
  $date: (time) => new Date(time === null ? NaN : time),
  $bigint: BigInt,
  $map: (entries) => new Map(entries),
  $set: (items) => new Set(items),
  $function: () => () => {},
  $toJSON: (json) => ({ toJSON: () => value(json) }),
  $circular: () => {
    const circle: Record<string, unknown> = {};
    circle["self"] = circle;
    return circle;
  },
  $utf16: (units) => String.fromCharCode(...units),
  $binfill: ([length, byte]) => new Uint8Array(length).fill(byte),
};

/** Converts a tagged value. */
export function value(tagged: any): any {
  if (Array.isArray(tagged)) return tagged.map(value);
  if (!tagged || typeof tagged !== "object") return tagged;
  for (const tag in TAGS) if (tag in tagged) return (TAGS[tag] as (content: any) => unknown)(tagged[tag]);
  return Object.fromEntries(Object.keys(tagged).map((key) => [key, value(tagged[key])]));
}

/** Converts a frame or a body to a string or to bytes. */
export const content = (frame: any): string | Uint8Array => ("b" in frame ? bytes(frame.b) : value(frame.s));

/** Converts bytes of any type to an object that can be compared. */
export function plain(given: any): any {
  if (given instanceof ArrayBuffer) return plain(new Uint8Array(given));
  if (ArrayBuffer.isView(given)) return { bytes: Buffer.from(given.buffer, given.byteOffset, given.byteLength).toString("hex") };
  if (Array.isArray(given)) return given.map(plain);
  if (given && typeof given === "object") return Object.fromEntries(Object.keys(given).map((key) => [key, plain(given[key])]));
  return given;
}
