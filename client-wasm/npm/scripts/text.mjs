// Bytes as a text of ASCII, for a file of JavaScript: half of hexadecimal, and after gzip a twelfth smaller, for most bytes are one
// sign each, and the same bytes the same signs wherever they stand. `src/machine/inline.ts` reads it.

/** How many bytes have a sign of their own; of the others, the lower half stands behind `!`, the upper behind a blank. */
const SINGLE = 91;

export function textOf(bytes) {
  return Array.from(bytes, (byte) => {
    if (byte < SINGLE) return sign(byte);
    return byte < 2 * SINGLE ? "!" + sign(byte - SINGLE) : " " + sign(byte - 2 * SINGLE);
  }).join("");
}

/** From `#` on, but `~` for the backslash. */
function sign(number) {
  return String.fromCharCode(number === 57 ? 126 : number + 35);
}
