/** Makes an instance of the core out of its bytes: at once where the platform lets us, and later where it does not. */

import { type Exports, type Make, machines } from "./wasm.js";

/**
 * Compiles at once. A browser that refuses that on its main thread (Chromium before 115, with a `RangeError`) is given the
 * time it wants; a policy that forbids wasm altogether throws here, as does a platform without it: the twin serves there.
 */
export function load(bytes: BufferSource): Make | Promise<Make> {
  try {
    return made(new WebAssembly.Instance(new WebAssembly.Module(bytes)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return WebAssembly.instantiate(bytes).then(({ instance }) => made(instance));
  }
}

/** The machines of an instance that the host has made. */
export const made = (instance: WebAssembly.Instance): Make => machines(instance.exports as unknown as Exports);
