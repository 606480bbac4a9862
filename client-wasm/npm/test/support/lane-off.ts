/** Switches the direct lane off. `scripts/test.mjs` and `parity/run.mjs` inject it into bundles for a second run, with the same results. */

import { platform } from "../../src/platform.js";

platform.direct = false;
