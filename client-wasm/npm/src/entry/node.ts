/** The package in Node: its requests and WebSockets, the core inlined. */

import { inline } from "../machine/inline.js";
import { provide } from "../provide.js";

provide(inline);

export * from "../face.js";
export { default } from "../face.js";
export * from "../node/here.js";
