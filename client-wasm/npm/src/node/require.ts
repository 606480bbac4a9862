/** Loads installed packages and files of this package, when they are needed. */

// Not by its name, which programs often declare in front of a bundle.
import * as nodeModule from "node:module";

/** `import.meta` is empty in CommonJS, and `__filename` is a global of `node -e`. */
export const load = (name: string): any => nodeModule.createRequire(import.meta.url || (__filename as string))(name);
