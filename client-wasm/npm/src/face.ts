/** All that the package exports, whichever core it runs on: what socket.io-client exports, and nothing that it does not. */

import { lookup } from "./lookup.js";
import { Manager } from "./manager.js";
import { Socket } from "./socket.js";

/** Of Socket.IO, as the reference counts. */
export const protocol = 5;

export { Fetch, WebSocket, WebTransport, XHR } from "./carriers.js";
export type { ManagerReservedEvents } from "./manager.js";
export type { ManagerOptions } from "./options.js";
export type { ExtendedError, SocketOptions, SocketReservedEvents } from "./socket.js";
export type { DisconnectDescription } from "./users.js";
export { lookup, lookup as connect, lookup as default, lookup as io, Manager, Socket };
