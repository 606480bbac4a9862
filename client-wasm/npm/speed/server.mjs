// A socket.io 4.8.4 server that sends the requested number of events, and counts the received ones.

import { createRequire } from "node:module";
import { createServer } from "node:http";
import { join } from "node:path";

const peers = createRequire(join(import.meta.dirname, "../../../server-testbed/peers/program.js"));
const { Server } = peers("socket.io-4");

// Browsers block requests from pages of other origins to local servers, so this server has a page itself.
const http = createServer((_request, response) => response.setHeader("content-type", "text/html").end("<!doctype html>"));
const io = new Server(http, { maxHttpBufferSize: 1e8, perMessageDeflate: false, cors: { origin: "*" } });
io.on("connection", (socket) => {
  let count = 0;
  socket.on("send", (times, payload) => {
    for (let n = 0; n < times; n++) socket.emit("event", payload);
    socket.emit("sent");
  });
  socket.on("event", () => count++);
  socket.on("count", (ack) => {
    ack(count);
    count = 0;
  });
});
http.listen(0, "127.0.0.1", () => console.log(`listening on ${http.address().port}`));
