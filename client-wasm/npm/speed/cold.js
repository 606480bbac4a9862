// Connects a client in a page that has just been opened. The bundler replaces `IO` by the client.

import { io } from "IO";

const socket = io({ transports: ["websocket"] });
const run = performance.now();
globalThis.times = new Promise((resolve, reject) => {
  socket.on("connect", () => resolve({ run, connected: performance.now() }));
  socket.on("connect_error", reject);
});
