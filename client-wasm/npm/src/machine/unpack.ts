/** Unpacks the core from the texts of `scripts/pack.mjs`, by the small module that `unpack.wat` describes. */

import { UNPACKER } from "../../build/core.js";

/** The size of the code section in bytes, and the texts. */
export type Packed = [size: number, ...texts: string[]];

/** The exports of `unpack.wat`. */
interface Unpacker {
  memory: { readonly buffer: ArrayBuffer };
  values(at: number, end: number): number;
  unpack(table: number, locals: number, end: number, size: number, at: number): number;
}

/** The first text in the memory of `unpack.wat`. */
const START = 256;

/** The positions of some texts; `TEXTS` in pack.mjs. */
const OPERATIONS = 0;
const BEFORE = 5;
const LOCALS = 6;
const AFTER = 9;
const TABLE = 11;

const fromHex = (text: string) => Uint8Array.from(text.match(/../g) as string[], (byte) => parseInt(byte, 16));

/** Returns the bytes of an ASCII text. */
function ascii(text: string): Uint8Array {
  if (typeof TextEncoder === "function") return new TextEncoder().encode(text);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** Returns the bytes of the module. */
export function unpack([size, ...texts]: Packed): Uint8Array<ArrayBuffer> {
  const unpacker = new WebAssembly.Instance(new WebAssembly.Module(fromHex(UNPACKER))).exports as unknown as Unpacker;
  const { buffer } = unpacker.memory;
  const bytes = new Uint8Array(buffer);
  /** Where each text begins, and where the last one ends. */
  const positions = [START];
  texts.forEach((text, number) => {
    const at = positions[number] as number;
    bytes.set(ascii(text), at);
    positions.push(unpacker.values(at, at + text.length));
  });
  const position = (text: number) => positions[text] as number;
  const [operationsEnd, beforeEnd, afterEnd] = [OPERATIONS, BEFORE, AFTER].map((text) => position(text + 1)) as [number, number, number];
  new Uint32Array(buffer).set(positions);
  const start = position(texts.length);
  bytes.copyWithin(start, position(BEFORE), beforeEnd);
  const end = unpacker.unpack(position(TABLE), position(LOCALS), operationsEnd, size, start + beforeEnd - position(BEFORE));
  bytes.copyWithin(end, position(AFTER), afterEnd);
  return bytes.slice(start, end + afterEnd - position(AFTER));
}
