// Builds the package for the tests of this folder, which then run in parallel. Prints the warnings of the builder.

import { requireDist } from "../../scripts/built.mjs";
import { buildPackage } from "./project.mjs";

requireDist();
for (const warning of await buildPackage()) console.warn(warning);
