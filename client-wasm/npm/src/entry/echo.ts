/** `./echo`: Laravel's channels, over a socket of this package or of socket.io-client to a laravel-echo-server. */

export { Channel } from "../echo/channel.js";
export { Channels, type Ticket } from "../echo/channels.js";
export { Echo, type EchoEvents, type EchoOptions, type EchoSocket } from "../echo/echo.js";
export type { Headers } from "../echo/headers.js";
export type { Member, News } from "../echo/members.js";
export { channelName, eventName } from "../echo/names.js";
