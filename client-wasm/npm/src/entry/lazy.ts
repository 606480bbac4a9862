/** `./lazy`: `io()` works at once, and bundlers split off the core, which is loaded with the first connection. */

import { connections } from "../connections.js";
import { type CreateConnection, WaitingConnection } from "../waiting-connection.js";

let create: CreateConnection | undefined;

const load = (): Promise<CreateConnection> => import("../lazy-core.js").then(({ createConnection }) => (create = createConnection));

connections._create = (manager) => (create ? create(manager, undefined) : new WaitingConnection(manager, load));

export * from "../api.js";
export { default } from "../api.js";
export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../web-transports.js";
