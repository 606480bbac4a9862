/** Sizes of payloads on the wire. */

/** Returns the size of a text in UTF-8, in bytes. */
function utf8Length(text: string): number {
  let size = text.length;
  for (let i = size; i--; ) {
    const c = text.charCodeAt(i);
    // Each half of a surrogate pair counts two of the four bytes.
    if (c > 0x7f) size += c < 0x800 || (c & 0xf800) === 0xd800 ? 1 : 2;
  }
  return size;
}

/** Returns the size of a payload in bytes; text counts as UTF-8. */
export function sizeOf(value: unknown): number {
  if (typeof value === "string") return utf8Length(value);
  const sized = value as { byteLength?: number; size?: number } | undefined;
  return (sized && (sized.byteLength || sized.size)) || 0;
}
