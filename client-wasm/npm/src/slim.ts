/** `tidewire/slim`: the package without a core; the application loads `tidewire/core.wasm` itself. */

import { type CoreSource, loadCore } from "./machine/load-core.js";
import type { Make } from "./machine/wasm.js";
import { provideCore } from "./provide-core.js";

let core: Make | Promise<Make> | undefined;
let resolve: (core: Make | Promise<Make>) => void;
const given = new Promise<Make>((done) => {
  resolve = done;
});

/**
 * Sets the core of all connections. Call it once; sockets that are created before connect when the core is loaded.
 *
 * `source` is the content of `tidewire/core.wasm`: bytes, a `WebAssembly.Module` or `Instance`, a `Response`, a URL, or a promise of one.
 */
export function setCore(source: CoreSource | PromiseLike<CoreSource>): void {
  resolve((core = loadCore(source)));
}

provideCore(
  () => core || given,
  () => !core,
);

export type { CoreSource };
