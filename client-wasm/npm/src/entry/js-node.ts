/** `./js` in Node: the core as JavaScript. */

import { twin } from "../machine/twin.js";
import { provide } from "../provide.js";

provide(twin);

export * from "../face.js";
export { default } from "../face.js";
export * from "../node/here.js";
