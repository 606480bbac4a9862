/** `./slim` for Node: the application provides the core. */

import { traceMachines } from "../debug.js";
import "../slim.js";

traceMachines(process.env["DEBUG"], console.error);

export * from "../api.js";
export { default } from "../api.js";
export * from "../node/install.js";
export * from "../slim.js";
