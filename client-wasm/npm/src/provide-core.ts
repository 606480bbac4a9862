/** Provides the core to the platform: one that is available at once, or one that is still loading. */

import { Connection } from "./connection.js";
import { connections } from "./connections.js";
import { deferredMachine } from "./machine/deferred-machine.js";
import type { Make } from "./machine/wasm.js";
import { platform } from "./platform.js";

/** Provides connections that need no further code, and their core by `provideMachine`. */
export function provideCore(load: () => Make | Promise<Make>): void {
  connections._create = (manager) => new Connection(manager);
  provideMachine(load);
}

/** Sets the loader of the core, which is called when the first machine is created. */
export function provideMachine(load: () => Make | Promise<Make>): void {
  let make: Make | Promise<Make> | undefined;
  platform.machine = (options) => {
    make = make || load();
    if (typeof make === "function") return make(options);
    const loading = make;
    loading.then(
      (loaded) => {
        make = loaded;
        platform.loading = undefined;
      },
      () => {},
    );
    const machine = deferredMachine(loading, options);
    platform.loading = loading;
    return machine;
  };
}
