/** Where the machines come from: a core that is there at once, or one that comes later. */

import { deferredMachine } from "./machine/deferred-machine.js";
import type { Make } from "./machine/wasm.js";
import { platform } from "./platform.js";

/** `load` is called when the first machine is wanted. */
export function provide(load: () => Make | Promise<Make>): void {
  let make: Make | Promise<Make> | undefined;
  platform.machine = (options) => {
    make = make || load();
    if (typeof make === "function") return make(options);
    const coming = make;
    coming.then(
      (loaded) => {
        make = loaded;
        platform.coming = undefined;
      },
      () => {},
    );
    const machine = deferredMachine(coming, options);
    platform.coming = coming;
    return machine;
  };
}
