/** The folder `miniprogram`, which the tools of mini-programs copy: the twin is a file of its own, evaluated only if wasm does not run. */

import { install } from "../mini/install.js";

/** By the tools of mini-programs, which find the file by this call. */
declare const require: (name: "./twin.js") => any;

install(() => require("./twin.js"));

export * from "../mini/api.js";
export { default } from "../mini/api.js";
