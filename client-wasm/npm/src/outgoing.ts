/** An event or an answer on its way out: the machine carries it as a payload and asks only for its size. */

export class Outgoing {
  id: number | undefined;
  /** As a custom parser has written it, and for which id. */
  encoded: unknown[] | undefined;
  encodedFor: number | undefined;
  /** Whether those who watch have heard of it. */
  told = false;

  constructor(
    /** Socket.IO's packet type: EVENT or ACK. */
    readonly type: number,
    readonly nsp: string,
    readonly data: unknown[],
    readonly compress: boolean,
    private _text: string,
    /** In bytes where that counts, and else in characters. */
    readonly size: number,
  ) {}

  /** The JSON, as it stands behind the head of a frame. */
  toString(): string {
    return this._text;
  }
}

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
