/** `./slim` in Node: the core is the application's to bring. */

export * from "../face.js";
export { default } from "../face.js";
export * from "../node/here.js";
export * from "../slim.js";
