/** Provides the core to the platform: one that is available at once, or one that is still loading. */

import { Connection } from "./connection.js";
import { connections } from "./connections.js";
import { startEarly } from "./early-engine.js";
import type { EngineHost } from "./engine.js";
import { deferredMachine } from "./machine/deferred-machine.js";
import type { Make } from "./machine/wasm.js";
import { platform } from "./platform.js";

/**
 * Provides connections that need no further code, and their core by `provideMachine`. The first link of a page opens before the core is
 * compiled, which takes as long as an answer from near.
 */
export function provideCore(load: () => Make | Promise<Make>): void {
  const isLoaded = provideMachine(load);
  connections._create = (manager) => {
    // Such a manager opens at once.
    const engine = manager._autoConnect && !isLoaded() ? startEarly(manager, UNOWNED) : undefined;
    try {
      return new Connection(manager, engine);
    } catch (error) {
      if (engine) engine._cancel();
      throw error;
    }
  };
}

/** The owner of an engine until there is a connection, which follows without a call of the application in between. */
const UNOWNED: EngineHost = { _write() {}, _abort() {}, _backlog: () => 0 };

/** Sets the loader of the core, which is called when the first machine is created. Returns a function that tells whether it is loaded. */
export function provideMachine(load: () => Make | Promise<Make>): () => boolean {
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
  return () => typeof make === "function";
}
