// Encodes bytes as ASCII text for a JavaScript file. It is half as long as hexadecimal and a twelfth smaller after gzip, because most bytes are
// one sign each, and equal bytes always have equal signs. `src/machine/inline.ts` decodes it.

/** The number of bytes with one sign. The others have two: the lower half begins with `!`, the upper half with a blank. */
const SINGLE = 91;

export function textOf(bytes) {
  return Array.from(bytes, (byte) => {
    if (byte < SINGLE) return sign(byte);
    return byte < 2 * SINGLE ? "!" + sign(byte - SINGLE) : " " + sign(byte - 2 * SINGLE);
  }).join("");
}

/** Returns a sign: `#` and the following characters, with `~` in place of the backslash. */
function sign(number) {
  return String.fromCharCode(number === 57 ? 126 : number + 35);
}
