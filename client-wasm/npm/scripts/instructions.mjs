// Reads the instructions of a module of WebAssembly MVP.

/** The instructions that have immediates, by the kind of these. */
const KINDS = [
  { from: 0x02, to: 0x04, kind: "block" },
  { from: 0x0c, to: 0x0d, kind: "branch" },
  { from: 0x0e, to: 0x0e, kind: "branches" },
  { from: 0x10, to: 0x10, kind: "call" },
  { from: 0x11, to: 0x11, kind: "indirect call" },
  { from: 0x20, to: 0x22, kind: "local" },
  { from: 0x23, to: 0x24, kind: "global" },
  { from: 0x28, to: 0x3e, kind: "memory" },
  { from: 0x3f, to: 0x40, kind: "page" },
  { from: 0x41, to: 0x41, kind: "i32" },
  { from: 0x42, to: 0x42, kind: "i64" },
  { from: 0x43, to: 0x44, kind: "float" },
];

const F32_CONST = 0x43;

/** The number of the code section. */
const CODE = 10;

/**
 * Returns the parts of a module: the bytes `before` the size of its code section, that `size`, the bytes of the `count` of its functions, the
 * functions, and the bytes `after` the section. A function has its size, the bytes of its `locals`, and its instructions: an `op` each, and the kind and
 * the bytes of its immediates.
 */
export function read(bytes) {
  let at = 8;
  /** Returns the bytes that `skip` goes past. */
  const past = (skip) => {
    const start = at;
    skip();
    return [...bytes.subarray(start, at)];
  };
  const number = () => {
    let value = 0;
    let place = 1;
    do {
      value += (bytes[at] & 127) * place;
      place *= 128;
    } while (bytes[at++] > 127);
    return value;
  };
  const numbers = (count) => {
    while (count--) number();
  };

  const skipping = {
    branches: () => numbers(number() + 1),
    "indirect call": () => numbers(2),
    memory: () => numbers(2),
  };
  const instruction = () => {
    const op = bytes[at++];
    const kind = KINDS.find(({ from, to }) => op >= from && op <= to)?.kind;
    if (!kind) return { op, immediates: [] };
    if (kind === "float") return { op, kind, immediates: past(() => (at += op === F32_CONST ? 4 : 8)) };
    return { op, kind, immediates: past(skipping[kind] ?? number) };
  };
  const one = () => {
    const size = number();
    const end = at + size;
    const locals = past(() => numbers(2 * number()));
    const instructions = [];
    while (at < end) instructions.push(instruction());
    return { size, locals, instructions };
  };

  while (bytes[at++] !== CODE) {
    const size = number();
    at += size;
  }
  const before = bytes.subarray(0, at);
  const size = number();
  let length = 0;
  const count = past(() => (length = number()));
  const functions = Array.from({ length }, one);
  return { before, size, count, functions, after: bytes.subarray(at) };
}
