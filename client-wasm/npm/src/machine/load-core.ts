/** Loads the core from a source that the application chooses. */

import { attempt, load, made } from "./load.js";
import type { Make } from "./wasm.js";

/** Bytes, a compiled module, an instance, a response of `fetch`, or a URL to fetch. */
export type CoreSource = BufferSource | WebAssembly.Module | WebAssembly.Instance | Response | URL | string;

export function loadCore(source: CoreSource | PromiseLike<CoreSource>): Make | Promise<Make> {
  if (typeof source === "string" || "href" in source) return loadCore(fetch(source));
  if ("then" in source) return Promise.resolve(source).then(loadCore);
  if ("arrayBuffer" in source) return loadCore(source.arrayBuffer());
  if ("exports" in source) return made(source);
  if (source instanceof WebAssembly.Module) {
    return attempt(
      () => new WebAssembly.Instance(source),
      () => WebAssembly.instantiate(source),
    );
  }
  return load(() => source as BufferSource);
}
