// A Socket.IO server that says what it has received: of either major, with any parser.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { shown } from "./apps/shown.js";

const npm = join(import.meta.dirname, "..");
const peers = createRequire(join(npm, "../../server-testbed/peers/x.js"));
export const msgpack = createRequire(join(npm, "x.js"))("socket.io-msgpack-parser");

/** Events of every namespace; `/refused` lets nobody in. */
function serve(socket) {
  const texts = [];
  socket.on("note", (...args) => texts.push(shown(args)));
  socket.on("noted", (answer) => answer(texts.splice(0)));
  socket.on("echo", (...args) => socket.emit("echo", ...args));
  socket.on("acked", (...args) => args.pop()(...args));
  socket.on("ask", (...args) => socket.emit("question", ...args, (...answer) => socket.emit("answered", shown(answer))));
}

/** Starts one on a free port. */
export async function startLab(major, options = {}) {
  const http = createServer();
  const server = major === 4 ? new (peers("socket.io-4").Server)(http, options) : peers("socket.io-2")(http, options);
  server.of("/").on("connection", serve);
  server.of("/refused").use((_, next) => next(Object.assign(new Error("not you"), { data: { code: 401 } })));
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  return { port: http.address().port, stop: () => server.close() };
}
