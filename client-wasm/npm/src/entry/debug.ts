/** `./debug`: the package for browsers, which prints its calls to the machine if `localStorage.debug` selects `tidewire`. */

import { traceMachines } from "../debug.js";
import "./index.js";

/** Returns the names in `localStorage.debug`, if the page may read it. */
function selection(): string | null {
  try {
    return localStorage.getItem("debug");
  } catch {
    return null;
  }
}

traceMachines(selection(), (text) => console.debug(text));

export * from "./index.js";
export { default } from "./index.js";
