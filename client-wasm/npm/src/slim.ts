/** The package without a core in it: the application brings `tidewire/core.wasm`, in its own way. */

import { type CoreSource, loadCore } from "./machine/load-core.js";
import type { Make } from "./machine/wasm.js";
import { provide } from "./provide.js";

let core: Make | Promise<Make> | undefined;
let wait: ((core: Make | Promise<Make>) => void) | undefined;

/**
 * Gives the package its core, once for all connections. Sockets may be made before: they connect when it is there.
 *
 * `source` is the content of `tidewire/core.wasm`: bytes, a `WebAssembly.Module`, a `Response`, an address, or a promise of one.
 */
export function useCore(source: CoreSource | PromiseLike<CoreSource>): void {
  core = loadCore(source);
  if (wait) wait(core);
}

provide(
  () =>
    core ||
    new Promise((resolve) => {
      wait = resolve;
    }),
);

export type { CoreSource };
