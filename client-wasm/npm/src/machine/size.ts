/** How much things take on the wire. */

/** Bytes of a text in UTF-8. */
function utf8Length(text: string): number {
  let size = text.length;
  for (let i = size; i--; ) {
    const c = text.charCodeAt(i);
    // Two halves of a pair make four bytes.
    if (c > 0x7f) size += c < 0x800 || (c & 0xf800) === 0xd800 ? 1 : 2;
  }
  return size;
}

/** The size of a payload in bytes: of text in UTF-8 if that must be `exact`, and else in characters. */
export function sizeOf(value: unknown, exact: boolean): number {
  if (typeof value === "string") return exact ? utf8Length(value) : value.length;
  const sized = value as { byteLength?: number; size?: number } | undefined;
  return (sized && (sized.byteLength || sized.size)) || 0;
}
