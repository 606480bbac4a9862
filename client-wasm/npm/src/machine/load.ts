/** Instantiates the core from its bytes: synchronously if the platform allows it, else asynchronously. */

import { type Exports, type Make, machines } from "./wasm.js";

/**
 * Compiles synchronously. A browser that refuses this on its main thread (Chromium before 115, with a `RangeError`) compiles
 * asynchronously. A policy that forbids wasm, or a platform without it, throws here: the core as JavaScript (`tidewire/js`) serves there.
 */
export function load(bytes: BufferSource): Make | Promise<Make> {
  try {
    return made(new WebAssembly.Instance(new WebAssembly.Module(bytes)));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return WebAssembly.instantiate(bytes).then(({ instance }) => made(instance));
  }
}

/** Returns the factory of the machines of an instance. */
export const made = (instance: WebAssembly.Instance): Make => machines(instance.exports as unknown as Exports);
