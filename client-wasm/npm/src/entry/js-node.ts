/** `./js` for Node: the core as JavaScript. */

import { twin } from "../machine/twin.js";
import { provideCore } from "../provide-core.js";

provideCore(twin);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
