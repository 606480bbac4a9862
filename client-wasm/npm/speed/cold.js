// Connects a client in a page that has just been opened. The bundler replaces `IO` by the client.

import { io } from "IO";

const socket = io({ transports: ["websocket"] });
const run = performance.now();
socket.on("connect", () => console.info(JSON.stringify({ run, connected: performance.now() })));
socket.on("connect_error", (error) => console.info(String(error)));
