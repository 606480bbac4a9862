/** `./slim`: the application provides the core. */

export * from "../api.js";
export { default } from "../api.js";
export * from "../slim.js";
export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../web-transports.js";
