/** The core in Node: inlined, or as JavaScript from a file of the package where WebAssembly is missing or forbidden (`--jitless`). */

// Base64, which Node decodes faster than the text for pages.
import core from "../../build/core.wasm";
import { load as loadCore } from "../machine/load.js";
import { type Make, machines } from "../machine/wasm.js";
import { load } from "./require.js";

export function inlineOrTwin(): Make | Promise<Make> {
  try {
    return loadCore(() => core);
  } catch (error) {
    try {
      return machines(load("./twin.js"));
    } catch {
      // A bundle does not have the file.
      throw error;
    }
  }
}
