/** `./slim` where the standard APIs are: the core is the application's to bring. */

export { WebSocket as NodeWebSocket, XHR as NodeXHR } from "../carriers.js";
export * from "../face.js";
export { default } from "../face.js";
export * from "../slim.js";
