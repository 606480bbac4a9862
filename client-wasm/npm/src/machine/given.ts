/** The core as the application brings it. */

import { load, made } from "./load.js";
import type { Make } from "./wasm.js";

/** Bytes, a compiled module, an instance, an answer to `fetch`, or an address to fetch from. */
export type CoreSource = BufferSource | WebAssembly.Module | WebAssembly.Instance | Response | URL | string;

export function bring(source: CoreSource | PromiseLike<CoreSource>): Make | Promise<Make> {
  if (typeof source === "string" || source instanceof URL) return bring(fetch(source));
  if ("then" in source) return Promise.resolve(source).then(bring);
  if ("arrayBuffer" in source) return bring(source.arrayBuffer());
  if ("exports" in source) return made(source);
  if (source instanceof WebAssembly.Module) return instantiate(source);
  return load(source as BufferSource);
}

/** At once, unless a browser wants time for it (see `load`). */
function instantiate(module: WebAssembly.Module): Make | Promise<Make> {
  try {
    return made(new WebAssembly.Instance(module));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return WebAssembly.instantiate(module).then(made);
  }
}
