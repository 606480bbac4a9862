/** The package for Node, with the core inlined. */

import { traceMachines } from "../debug.js";
import { inlineOrTwin } from "../node/core.js";
import { provideCore } from "../provide-core.js";

// While the program starts: the first connection does not wait for it.
let core: ReturnType<typeof inlineOrTwin> | undefined;
try {
  core = inlineOrTwin();
} catch {
  // `io()` tells the error.
}
provideCore(() => core || inlineOrTwin());
traceMachines(process.env["DEBUG"], console.error);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
