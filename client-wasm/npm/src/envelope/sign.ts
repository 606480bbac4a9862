/** The signature of mobile-sdk, which is an MD5 (RFC 1321). */

/**
 * The signature of a message: lowercase hexadecimal MD5 of `app`, `key` and `timestamp` in decimal, one after the other.
 *
 * `timestamp` must be the one sent in `meta.timestamp`, as `app` must be the one in `meta.app`.
 *
 * **Sign on a server.** Clients ask it for a signature; never ship the key to a browser or a mini-program.
 *
 * **Limits.** The signature covers neither the payload nor the target, and the server does not check the age of the timestamp: anyone who
 * has seen one signature can send any message with it, forever. It names the application and proves nothing about the message.
 *
 * @param timestamp in milliseconds since 1970
 */
export function sign(app: string, key: string, timestamp: number): string {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476];
  const words = padded(utf8(app + key + timestamp));
  for (let at = 0; at < words.length; at += 16) addBlock(state, words, at);
  return state.map(hex).join("");
}

/** Encodes a string in UTF-8; an unpaired surrogate becomes U+FFFD. */
function utf8(text: string): number[] {
  const bytes: number[] = [];
  for (const char of text) {
    let code = char.codePointAt(0) as number;
    if (code >> 11 === 0x1b) code = 0xfffd;
    const more = code < 0x80 ? 0 : code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
    bytes.push(more ? ((0xf00 >> (more + 1)) & 0xff) | (code >> (6 * more)) : code);
    for (let at = more; at--; ) bytes.push(0x80 | ((code >> (6 * at)) & 0x3f));
  }
  return bytes;
}

/** Pads bytes to little-endian words in blocks of 16: the bytes, a bit, zeros, the number of bits. */
function padded(bytes: number[]): number[] {
  const words: number[] = new Array((((bytes.length + 8) >> 6) + 1) * 16).fill(0);
  [...bytes, 0x80].forEach((byte, at) => ((words[at >> 2] as number) |= byte << (8 * (at & 3))));
  words[words.length - 2] = bytes.length << 3;
  return words;
}

const SHIFTS = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

/** The factor and the offset of the word index in each round: 5 · step + 1 in the second, and so on. */
const PLACES = [
  [1, 0],
  [5, 1],
  [3, 5],
  [7, 0],
] as const;

const MIXES = [
  (b: number, c: number, d: number) => (b & c) | (~b & d),
  (b: number, c: number, d: number) => (b & d) | (c & ~d),
  (b: number, c: number, d: number) => b ^ c ^ d,
  (b: number, c: number, d: number) => c ^ (b | ~d),
] as const;

function addBlock(state: number[], words: number[], from: number): void {
  let [a, b, c, d] = state as [number, number, number, number];
  for (let step = 0; step < 64; step++) {
    const round = (step >> 4) as 0 | 1 | 2 | 3;
    const [factor, offset] = PLACES[round];
    const word = words[from + ((factor * step + offset) & 15)] as number;
    const sine = Math.floor(Math.abs(Math.sin(step + 1)) * 2 ** 32);
    const sum = (a + MIXES[round](b, c, d) + word + sine) | 0;
    const shift = SHIFTS[round][(step & 3) as 0 | 1 | 2 | 3];
    [a, d, c, b] = [d, c, b, (b + ((sum << shift) | (sum >>> (32 - shift)))) | 0];
  }
  [a, b, c, d].forEach((word, at) => (state[at] = ((state[at] as number) + word) | 0));
}

/** Returns the bytes of a word in hexadecimal, the lowest byte first. */
const hex = (word: number) => [0, 8, 16, 24].map((shift) => (((word >> shift) & 0xff) + 0x100).toString(16).slice(1)).join("");
