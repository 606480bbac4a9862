/** Loads installed packages and files of this package, when they are needed. */

import { createRequire } from "node:module";

/** `import.meta` is empty in CommonJS, and `__filename` is a global of `node -e`. */
export const load = (name: string): any => createRequire(import.meta.url || (__filename as string))(name);
