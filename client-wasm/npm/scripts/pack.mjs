// Packs the core into texts for a JavaScript file. The operations of all functions are one text, and so are their immediates of each kind: gzip
// and brotli make that a tenth smaller than the module, because such values resemble each other. `src/machine/unpack.ts` does the reverse.

import { read } from "./instructions.mjs";

/** The number of values that are one character. The others are two: the first is `!`, or a blank from twice this value. */
const SINGLE = 91;

/**
 * The texts, in an order that gzip likes best of those tried: operations and immediates of each kind; the bytes `before` and `after` the code
 * section; the number of functions, and their locals; and the table of operations. `unpack.ts` has their positions.
 */
const TEXTS = [
  ...["operation", "local", "branches", "page", "branch", "before", "locals", "i64", "i32", "after", "memory", "table"],
  ...["call", "indirect call", "global", "float", "block"],
];

/** Limits of unpack.ts: its list of locals, and two bytes for the size of a function. */
const MOST_LOCALS = 128;
const MOST_BYTES = 1 << 14;

/**
 * Instructions that are one value with their immediate: those frequent ones for which that makes the texts smaller. The immediate of a local is
 * how many others were used since.
 */
const JOINED = new Set(
  ["32:0", "32:1", "33:0", "33:1", "36:0", "2:64", "3:64", "4:64", "4:127", "16:0"].concat([0, 1, 2, 3, 64, 127].map((i) => "65:" + i), "66:1"),
);

/**
 * Returns the size of the code section, and the texts. An entry of the table is an opcode, the position of the text of its immediates (0 for
 * none), and 1 plus the immediate if it is joined.
 */
export function pack(module) {
  const { before, size, count, functions, after } = read(module);
  const texts = { ...Object.fromEntries(TEXTS.map((kind) => [kind, []])), before, after };
  for (const { size, instructions } of functions) {
    if (size >= MOST_BYTES) throw new Error(`a function has ${size} bytes, at least ${MOST_BYTES}`);
    const recent = Array.from({ length: MOST_LOCALS }, (_, local) => local);
    for (const { op, kind = "operation", immediates } of instructions) {
      const [first, ...rest] = kind === "local" ? [useOf(recent, immediates)] : immediates;
      // An alignment always is, because most operations have one alignment only.
      const isJoined = kind === "memory" || (!rest.length && JOINED.has(`${op}:${first}`));
      texts.operation.push([op, TEXTS.indexOf(kind), isJoined ? first + 1 : 0].join());
      if (first !== undefined) texts[kind].push(...(isJoined ? rest : [first, ...rest]));
    }
  }
  const symbols = byFrequency(texts.operation);
  const positions = new Map(symbols.map((symbol, position) => [symbol, position]));
  texts.operation = texts.operation.map((symbol) => positions.get(symbol));
  texts.table = symbols.flatMap((symbol) => symbol.split(",").map(Number));
  texts.locals = [...count, ...functions.flatMap(({ locals }) => locals)];
  return [size, ...TEXTS.map((kind) => textOf(texts[kind]))];
}

/** Returns the position of a local in the list of those that were used last, and moves it to the front. */
function useOf(recent, [local]) {
  if (local >= MOST_LOCALS) throw new Error(`a function has more than ${MOST_LOCALS} locals`);
  const position = recent.indexOf(local);
  recent.unshift(...recent.splice(position, 1));
  return position;
}

function byFrequency(symbols) {
  const counts = new Map();
  for (const symbol of symbols) counts.set(symbol, (counts.get(symbol) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([symbol]) => symbol);
}

/** Returns values below 256 as text. */
const textOf = (values) =>
  Array.from(values, (value) => {
    const prefix = Math.min(2, Math.floor(value / SINGLE));
    return ["", "!", " "][prefix] + sign(value - prefix * SINGLE);
  }).join("");

/** Returns a sign: `#` and the following characters, with `~` in place of the backslash. */
const sign = (number) => String.fromCharCode(number === 57 ? 126 : number + 35);
