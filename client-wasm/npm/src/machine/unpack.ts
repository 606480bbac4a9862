/** Unpacks the core from the texts of `scripts/pack.mjs`: writes the module whose operations and immediates are apart there. */

/** The size of the code section in bytes, and the texts. */
export type Packed = [size: number, ...texts: string[]];

/** The positions of texts whose values need more than to be copied; `TEXTS` in pack.mjs. */
const LOCAL = 1;
const BRANCHES = 2;
const MEMORY = 10;
const INDIRECT_CALL = 13;
const FLOAT = 15;
const BLOCK = 16;

/** Opcodes. */
const END = 11;
const F32_CONST = 67;

/** Returns the values of a text: a character is its offset from `#`, plus more if a prefix stands before it. */
function valuesOf(text: string): Uint8Array {
  const values = new Uint8Array(text.length);
  let length = 0;
  let more = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 34) {
      more = c < 33 ? 182 : 91;
    } else {
      values[length++] = (c > 125 ? 57 : c - 35) + more;
      more = 0;
    }
  }
  return values.subarray(0, length);
}

/** Returns the bytes of the module. One loop over bytes without calls: it runs once, before an engine has optimized it. */
export function unpack([size, ...texts]: Packed): Uint8Array<ArrayBuffer> {
  const all = texts.map(valuesOf);
  const [operations, before, locals, after, table] = [0, 5, 6, 9, 11].map((position) => all[position]) as [
    operations: Uint8Array,
    before: Uint8Array,
    locals: Uint8Array,
    after: Uint8Array,
    table: Uint8Array,
  ];
  /** The positions of the next immediates, operation, and local. */
  const positions = new Uint16Array(texts.length);
  let operation = 0;
  let local = 0;
  /** The locals of a function, the last used first; and as they are at its beginning. */
  const recent = new Uint8Array(128);
  const unused = recent.map((_, local) => local);
  const bytes = new Uint8Array(before.length + 5 + size + after.length);
  /** Writes a number; returns the position after it. */
  const put = (number: number, at: number): number => {
    for (; number > 127; number >>= 7) bytes[at++] = number | 128;
    bytes[at] = number;
    return at + 1;
  };

  bytes.set(before);
  let at = put(size, before.length);
  // The number of functions.
  while ((bytes[at++] = locals[local++] as number) > 127);
  while (operation < operations.length) {
    const start = at;
    // The size of the function has one or two bytes.
    at += 2;
    // Its locals: groups of a number and a type.
    let groups = (bytes[at++] = locals[local++] as number);
    while (groups) {
      if ((bytes[at++] = locals[local++] as number) > 127) continue;
      bytes[at++] = locals[local++] as number;
      groups--;
    }
    recent.set(unused);
    for (let depth = 1; depth; ) {
      const symbol = 3 * (operations[operation++] as number);
      const op = (bytes[at++] = table[symbol] as number);
      const kind = table[symbol + 1] as number;
      if (!kind) {
        if (op === END) depth--;
        continue;
      }
      const values = all[kind] as Uint8Array;
      let position = positions[kind] as number;
      const joined = table[symbol + 2] as number;
      let value = joined ? joined - 1 : (values[position++] as number);
      if (kind === LOCAL) {
        const used = recent[value] as number;
        for (; value; value--) recent[value] = recent[value - 1] as number;
        recent[0] = value = used;
      }
      bytes[at++] = value;
      if (kind === BLOCK) depth++;
      if (kind === FLOAT) {
        for (let rest = op === F32_CONST ? 3 : 7; rest; rest--) bytes[at++] = values[position++] as number;
      } else if (kind !== LOCAL) {
        let rest = (value > 127 ? 1 : 0) + (kind === BRANCHES ? value + 1 : kind === MEMORY || kind === INDIRECT_CALL ? 1 : 0);
        while (rest) if ((bytes[at++] = values[position++] as number) < 128) rest--;
      }
      positions[kind] = position;
    }
    const length = at - start - 2;
    if (length < 128) bytes.copyWithin(start + 1, start + 2, at--);
    put(length, start);
  }
  bytes.set(after, at);
  return bytes.subarray(0, at + after.length);
}
