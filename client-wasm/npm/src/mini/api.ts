/** The exports for mini-programs: those of socket.io-client without the transports of browsers, and ours. */

import { lookup } from "../lookup.js";
import { Manager, Socket } from "../manager.js";

export type { DisconnectDescription } from "../connection-types.js";
export type { ManagerReservedEvents } from "../manager.js";
export type { ManagerOptions, TransportOptions } from "../options.js";
export type { ExtendedError, SocketOptions, SocketReservedEvents } from "../socket-types.js";
export type { TransportConstructor, TransportEvents, TransportHandle } from "../transport.js";
export type { Binding } from "./bindings.js";
export type { CoreState } from "./core.js";
export type { SocketEvent } from "./event-target.js";
export type { HostError, HostErrorKind } from "./host-error.js";
export { coreState, setHost, setWasmPath } from "./install.js";
export { MiniPolling, MiniWebSocket } from "./transports.js";
export { WebSocket } from "./websocket.js";
export { lookup, lookup as connect, lookup as default, lookup as io, Manager, Socket };

/** The version of the Socket.IO protocol, as socket.io-client counts it. */
export const protocol = 5;

declare global {
  // The options of `on` and `emitWithAck` name them: a program without the types of pages compiles, too.
  interface AbortSignal {}
  interface Blob {}
}
