// Builds the package for the tests of this folder, which then run in parallel. Prints the warnings of the builder.

import { buildPackage } from "./project.mjs";

for (const warning of await buildPackage()) console.warn(warning);
