// The loader of WebAssembly files, such as `WXWebAssembly`: paths of the code package only, and nothing beyond MVP.

import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join, normalize } from "node:path";
import { brotliDecompressSync } from "node:zlib";

import { checkMvp, withDirectory } from "../../../scripts/binaryen.mjs";

const build = join(import.meta.dirname, "../../../build");

/** Throws what a device throws for a file that needs more than MVP. The check takes a second, so its result is kept by the file's content. */
function check(bytes) {
  const kept = join(build, `mvp-${createHash("sha1").update(bytes).digest("hex")}`);
  if (!existsSync(kept)) writeFileSync(kept, isMvp(bytes) ? "mvp" : "beyond mvp");
  if (readFileSync(kept, "utf8") !== "mvp") throw new Error("CompileError: invalid wasm file");
}

function isMvp(bytes) {
  return withDirectory((within) => {
    const file = within("checked.wasm");
    writeFileSync(file, bytes);
    try {
      checkMvp(file);
      return true;
    } catch {
      return false;
    }
  });
}

/** `fault()` may be "refuse", "hang", "bare" (the result is the instance itself, as older hosts have it), or "empty" (no exports) or "no memory". */
export function createWasm(profile, root, clock, fault) {
  return {
    async instantiate(path, imports) {
      if (fault() === "refuse") throw new Error("CompileError: invalid wasm file");
      if (fault() === "hang") return new Promise(() => {});
      if (typeof path !== "string" || /^[a-z]+:/i.test(path)) throw new Error("WebAssembly.instantiate: not support wxfile: or http: path");
      const file = join(root, normalize("/" + path));
      const endings = profile.wasmBrotli ? /\.wasm(\.br)?$/ : /\.wasm$/;
      if (!path.startsWith("/") || !endings.test(path) || !existsSync(file)) throw new Error(`WebAssembly.instantiate: file ${path} not found`);
      const content = readFileSync(file);
      const bytes = path.endsWith(".br") ? brotliDecompressSync(content) : content;
      const start = Date.now();
      check(bytes);
      // The program must not notice how long the check takes.
      clock.advance(start - Date.now());
      const { instance } = await WebAssembly.instantiate(bytes, imports);
      const isKept = (value) => !profile.dropsWasmGlobals || !(value instanceof WebAssembly.Global);
      const exports = Object.fromEntries(Object.entries(instance.exports).filter(([, value]) => isKept(value)));
      if (fault() === "bare") return { exports };
      if (fault() === "no memory") delete exports.memory;
      return { instance: { exports: fault() === "empty" ? {} : exports } };
    },
  };
}
