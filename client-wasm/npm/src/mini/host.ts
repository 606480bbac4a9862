/** The host in use: found at the start, or given by the application. */

import { type Binding, findHost } from "./bindings.js";

let current: Binding | undefined;

export function useHost(binding: Binding): void {
  current = binding;
}

/** Returns the host. Throws if there is none. */
export function host(): Binding {
  current = current || findHost();
  if (!current) throw new Error("no mini-program host (wx, my, tt, swan, qq, ks, jd) is here: pass one to `setHost`");
  return current;
}
