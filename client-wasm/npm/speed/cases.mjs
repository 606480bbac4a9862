// The events that are measured: their number, their size, and their values.

/** How many values of a case differ: the events of an application are not equal. */
const VARIANTS = 64;

const text = (size, n, filler = "x") => String(n).padStart(size, filler);

const bytes = (size, n) => new Uint8Array(size).fill(n);

const message = (n) => ({ id: n, user: "ann", text: "hello, world", tags: ["new", "blue"], at: 1_795_216_712_762, read: false });

/** `times`: the number of events; `size`: the bytes of one. */
const CASES = {
  "20 B": { times: 40_000, size: 20, value: (n) => text(20, n) },
  "1 kB": { times: 15_000, size: 1_000, value: (n) => text(1_000, n) },
  "1 kB of Chinese": { times: 15_000, size: 1_000, value: (n) => text(334, n, "中") },
  "an object of 100 B": { times: 30_000, size: 100, value: message },
  "64 kB": { times: 500, size: 65_536, value: (n) => text(65_536, n) },
  "100 B, binary": { times: 15_000, size: 100, value: (n) => bytes(100, n) },
  "64 kB, binary": { times: 500, size: 65_536, value: (n) => bytes(65_536, n) },
};

export const NAMES = Object.keys(CASES);

/** Returns the number of events of a case. `part` shortens the work; it is 1 for a measurement. */
export const timesOf = (name, part) => Math.max(1, Math.round(CASES[name].times * part));

/** Returns how many events of a case have that many bytes together, their headers included. */
export const fitting = (name, size) => Math.max(1, Math.floor(size / (CASES[name].size + 60)));

/** Returns the values of a case, to be used in turn. */
export const valuesOf = (name) => Array.from({ length: VARIANTS }, (_, n) => CASES[name].value(n));
