/** The package for Node, with the core inlined. */

import { inlineOrTwin } from "../node/core.js";
import { provideCore } from "../provide-core.js";

provideCore(inlineOrTwin);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
