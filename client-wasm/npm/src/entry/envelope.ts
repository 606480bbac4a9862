/** `./envelope`: the messages that egg-socket.io applications agree on, on top of plain events. It needs nothing of the client. */

export type { Extra } from "../envelope/fields.js";
export * from "../envelope/message.js";
export * from "../envelope/names.js";
export * from "../envelope/online.js";
export { sign } from "../envelope/sign.js";
