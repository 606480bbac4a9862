/** The package for Node, with the core inlined. */

import { inline } from "../machine/inline.js";
import { provideCore } from "../provide-core.js";

provideCore(inline);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
