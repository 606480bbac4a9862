// A test server of Socket.IO 2.x or 4.x, with any parser, which reports the values it received.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { shown } from "./apps/shown.js";

const npm = join(import.meta.dirname, "..");
const peers = createRequire(join(npm, "../../server-testbed/peers/x.js"));
export const msgpack = createRequire(join(npm, "x.js"))("socket.io-msgpack-parser");

/** Adds the event handlers to a socket. The namespace `/refused` rejects all sockets. */
function serve(socket) {
  const texts = [];
  socket.on("note", (...args) => texts.push(shown(args)));
  socket.on("noted", (ack) => ack(texts.splice(0)));
  socket.on("echo", (...args) => socket.emit("echo", ...args));
  socket.on("acked", (...args) => args.pop()(...args));
  socket.on("ask", (...args) => socket.emit("question", ...args, (...reply) => socket.emit("answered", shown(reply))));
}

/** Starts a server on a free port; `major` is 2 or 4. */
export async function startLab(major, options = {}) {
  const http = createServer();
  const server = major === 4 ? new (peers("socket.io-4").Server)(http, options) : peers("socket.io-2")(http, options);
  server.of("/").on("connection", serve);
  server.of("/refused").use((_, next) => next(Object.assign(new Error("not you"), { data: { code: 401 } })));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { port: http.address().port, stop: () => server.close() };
}
