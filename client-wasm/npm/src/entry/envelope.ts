/** `./envelope`: the messages of egg-socket.io applications, which are arguments of plain events. It does not need the client. */

export type { Extra } from "../envelope/fields.js";
export * from "../envelope/message.js";
export * from "../envelope/names.js";
export * from "../envelope/online.js";
export { sign } from "../envelope/sign.js";
