/** The size of texts as the wire has them. */

/** Bytes of a text in UTF-8. */
export function utf8Length(text: string): number {
  let size = text.length;
  for (let i = size; i--; ) {
    const c = text.charCodeAt(i);
    // Two halves of a pair make four bytes.
    if (c > 0x7f) size += c < 0x800 || (c & 0xf800) === 0xd800 ? 1 : 2;
  }
  return size;
}
