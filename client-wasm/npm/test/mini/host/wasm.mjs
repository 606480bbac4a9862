// The loader of WebAssembly files, such as `WXWebAssembly`: paths of the code package only, and nothing beyond MVP.

import { existsSync, readFileSync } from "node:fs";
import { join, normalize } from "node:path";

import { checkMvp } from "../../../scripts/binaryen.mjs";

const checked = new Map();

/** Throws what a device throws for a file that needs more than MVP. */
function check(file) {
  if (!checked.has(file)) {
    try {
      checkMvp(file);
      checked.set(file, undefined);
    } catch {
      checked.set(file, "CompileError: invalid wasm file");
    }
  }
  if (checked.get(file)) throw new Error(checked.get(file));
}

/** `fault()` may be "refuse" or "hang". */
export function createWasm(profile, root, clock, fault) {
  return {
    async instantiate(path, imports) {
      if (fault() === "refuse") throw new Error("CompileError: invalid wasm file");
      if (fault() === "hang") return new Promise(() => {});
      if (typeof path !== "string" || /^[a-z]+:/i.test(path)) throw new Error("WebAssembly.instantiate: not support wxfile: or http: path");
      const file = join(root, normalize("/" + path));
      if (!path.startsWith("/") || !/\.wasm(\.br)?$/.test(path) || !existsSync(file))
        throw new Error(`WebAssembly.instantiate: file ${path} not found`);
      const start = Date.now();
      check(file);
      // The check takes seconds, which the program must not notice.
      clock.advance(start - Date.now());
      const { instance } = await WebAssembly.instantiate(readFileSync(file), imports);
      const isKept = (value) => !profile.dropsWasmGlobals || !(value instanceof WebAssembly.Global);
      const exports = Object.fromEntries(Object.entries(instance.exports).filter(([, value]) => isKept(value)));
      return { instance: { exports } };
    },
  };
}
