/** The exports of the package, whichever core it runs on: exactly those of socket.io-client. */

import { lookup } from "./lookup.js";
import { Manager, Socket } from "./manager.js";
import "./page.js";

/** The version of the Socket.IO protocol, as socket.io-client counts it. */
export const protocol = 5;

export type { DisconnectDescription } from "./connection-types.js";
export type { ManagerReservedEvents } from "./manager.js";
export type { ManagerOptions, TransportOptions } from "./options.js";
export type { ExtendedError, SocketOptions, SocketReservedEvents } from "./socket-types.js";
export type { TransportConstructor, TransportEvents, TransportHandle } from "./transport.js";
export { WebTransport } from "./web-transport.js";
export { Fetch, WebSocket, XHR } from "./web-transports.js";
export { lookup, lookup as connect, lookup as default, lookup as io, Manager, Socket };
