/** The core in Node: inlined, or as JavaScript from a file of the package where WebAssembly is missing or forbidden (`--jitless`). */

import { inline } from "../machine/inline.js";
import { type Make, machines } from "../machine/wasm.js";
import { load } from "./require.js";

export function inlineOrTwin(): Make | Promise<Make> {
  try {
    return inline();
  } catch (error) {
    try {
      return machines(load("./twin.js"));
    } catch {
      // A bundle does not have the file.
      throw error;
    }
  }
}
