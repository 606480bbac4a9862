/** Base64 without `atob` and `btoa`, which some hosts lack and which reject input that engine.io-parser accepts. */

const DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

const VALUES = new Uint8Array(128).fill(64);
for (let i = 0; i < 64; i++) VALUES[DIGITS.charCodeAt(i)] = i;
// The URL alphabet: `-` and `_`.
VALUES[45] = 62;
VALUES[95] = 63;

export function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i < bytes.length; i += 3) {
    const rest = bytes.length - i;
    const bits = ((bytes[i] as number) << 16) | ((bytes[i + 1] || 0) << 8) | (bytes[i + 2] || 0);
    text += (DIGITS[bits >> 18] as string) + DIGITS[(bits >> 12) & 63];
    text += (rest > 1 ? (DIGITS[(bits >> 6) & 63] as string) : "=") + (rest > 2 ? DIGITS[bits & 63] : "=");
  }
  return text;
}

/** Decodes up to the first `=`; ignores other signs that are not digits. Leaves `room` bytes free at the start of the result. */
export function fromBase64(text: string, room = 0): Uint8Array {
  const end = text.indexOf("=") < 0 ? text.length : text.indexOf("=");
  const bytes = new Uint8Array(room + ((end * 3) >> 2));
  let at = room;
  let bits = 0;
  let count = 0;
  for (let i = 0; i < end; i++) {
    const value = VALUES[text.charCodeAt(i)];
    if (value === undefined || value > 63) continue;
    bits = (bits << 6) | value;
    count += 6;
    if (count > 7) bytes[at++] = bits >> (count -= 8);
  }
  return bytes.subarray(0, at);
}
