/** The core inlined in the bundle: it needs no file, no request and no `await`. */

import { CORE } from "../../build/core.js";
import { load } from "./load.js";

/** Decodes the text of `scripts/text.mjs`: a character is its offset from `#`, plus more if a prefix character stands before it. */
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  let more = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (c < 34) {
      more = c < 33 ? 182 : 91;
    } else {
      bytes[length++] = (c > 125 ? 57 : c - 35) + more;
      more = 0;
    }
  }
  return bytes.slice(0, length);
};

export const inline = () => load(bytesOf(CORE));
