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
 * compiled, which takes as long as an answer from near. None opens while the application has not given the core
 * (`isAwaited`): its server would wait in vain.
 */
export function provideCore(load: () => Make | Promise<Make>, isAwaited = () => false): void {
  const isLoaded = provideMachine(load);
  connections._create = (manager) => {
    // Such a manager opens at once.
    const engine = manager._autoConnect && !isLoaded() && !isAwaited() ? startEarly(manager, UNOWNED) : undefined;
    try {
      return new Connection(manager, engine);
    } catch (error) {
      if (engine) engine._cancel();
      throw error;
    }
  };
}

/** The owner of an engine until there is a connection: it follows without a call of the application in between, so its methods are not called. */
const UNOWNED = {} as EngineHost;

/** Sets the loader of the core, which is called when the first machine is created. Returns a function that tells whether it is loaded. */
export function provideMachine(load: () => Make | Promise<Make>): () => boolean {
  let make: Make | Promise<Make> | undefined;
  platform.machine = (options, loaded) => {
    make = make || load();
    if (typeof make === "function") return make(options);
    const machine = deferredMachine(make, options);
    void make.then((done) => {
      make = done;
      loaded();
    });
    return machine;
  };
  return () => typeof make === "function";
}
