// Connects a client in a page that has just been opened. The bundler replaces `IO` by the client.

import { io } from "IO";

const socket = io({ transports: ["websocket"] });
globalThis.connected = new Promise((resolve, reject) => {
  socket.on("connect", () => resolve(performance.now()));
  socket.on("connect_error", reject);
});
