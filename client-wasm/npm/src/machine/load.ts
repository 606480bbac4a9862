/** Instantiates the core from its bytes: synchronously if the platform allows it, else asynchronously. */

import { type Exports, type Make, machines } from "./wasm.js";

/**
 * Compiles synchronously. A browser that refuses this on its main thread (Chromium before 115, with a `RangeError`) compiles
 * asynchronously. A policy that forbids wasm, or a platform without it, is an error that says what to do.
 */
export function load(bytes: () => BufferSource): Make | Promise<Make> {
  return attempt(
    () => new WebAssembly.Instance(new WebAssembly.Module(bytes())),
    () => WebAssembly.instantiate(bytes()).then(({ instance }) => instance),
  );
}

/** Instantiates at once, or later if the browser refuses. */
export function attempt(atOnce: () => WebAssembly.Instance, later: () => Promise<WebAssembly.Instance>): Make | Promise<Make> {
  try {
    return made(atOnce());
  } catch (error) {
    if (!(error instanceof RangeError)) throw forbidden(error);
  }
  return later().then(made, (error) => {
    throw forbidden(error);
  });
}

const forbidden = (cause: unknown) =>
  Object.assign(
    new Error(
      `WebAssembly does not run here (${cause}): add 'wasm-unsafe-eval' to script-src of the page's Content-Security-Policy, or import "tidewire/js", which does without`,
    ),
    { cause },
  );

/** Returns the factory of the machines of an instance. */
export const made = (instance: WebAssembly.Instance): Make => machines(instance.exports as unknown as Exports);
