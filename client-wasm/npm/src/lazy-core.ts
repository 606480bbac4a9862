/** The part of `tidewire/lazy` that a page loads when it connects: the connection, and the core inlined. */

import { Connection } from "./connection.js";
import { inline } from "./machine/inline.js";
import { provideMachine } from "./provide-core.js";
import type { CreateConnection } from "./waiting-connection.js";

provideMachine(inline);

export const createConnection: CreateConnection = (manager, engine) => new Connection(manager, engine);
