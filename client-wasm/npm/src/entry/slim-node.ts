/** `./slim` for Node: the application provides the core. */

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
export * from "../slim.js";
