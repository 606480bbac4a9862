/** The core inlined in the bundle: it needs no file, no request and no `await`. */

import { CORE } from "../../build/core.js";
import { load } from "./load.js";
import { unpack } from "./unpack.js";

export const inline = () => load(() => unpack(CORE));
