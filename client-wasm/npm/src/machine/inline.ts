/** The core inlined: needs no file, no request and no `await`. */

import { HEX } from "../../build/core.js";
import { load } from "./load.js";

/** The bytes of a text of hexadecimal digits, which compresses better than base64. */
const bytes = (hex: string) => {
  const result = new Uint8Array(hex.length / 2);
  for (let i = result.length; i--; ) result[i] = parseInt(hex.substr(2 * i, 2), 16);
  return result;
};

export const inline = () => load(bytes(HEX));
