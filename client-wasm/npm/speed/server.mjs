// A socket.io 4.8.4 server, a child of run.mjs. It sends the events of a case on request, counts those it receives, and serves the files of
// the folder that is its argument, compressed.

import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { basename, extname, join } from "node:path";
import { createGzip } from "node:zlib";

import { valuesOf } from "./cases.mjs";

const [folder] = process.argv.slice(2);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };
const peers = createRequire(join(import.meta.dirname, "../../../server-testbed/peers/program.js"));
const { Server } = peers("socket.io-4");

const http = createServer((request, response) => {
  const name = basename(new URL(request.url, "http://server").pathname);
  const file = join(folder, name);
  if (!name || !existsSync(file)) return response.writeHead(404).end();
  response.writeHead(200, { "content-type": TYPES[extname(name)], "content-encoding": "gzip" });
  createReadStream(file).pipe(createGzip({ level: 9 })).pipe(response);
});

const io = new Server(http, { maxHttpBufferSize: 1e8, perMessageDeflate: false });
/** Sends the events that the last client has asked for. Returns its stream. */
let go;

io.on("connection", (socket) => {
  let count = 0;
  socket.on("prepare", (name, times, ready) => {
    const values = valuesOf(name);
    go = () => {
      for (let n = 0; n < times; n++) socket.emit("event", values[n % values.length]);
      socket.emit("sent");
      return socket.conn.transport.socket._socket;
    };
    ready();
  });
  socket.on("go", () => go());
  socket.on("event", () => count++);
  socket.on("count", (ack) => {
    ack(count);
    count = 0;
  });
});

/** The parent asks for the events in place of a client that is blocked, and learns when the system has all of them. */
process.on("message", () => {
  const stream = go();
  const tell = () => (stream.writableLength ? stream.once("drain", tell) : process.send("written"));
  setImmediate(tell);
});
process.on("disconnect", () => process.exit());

http.listen(0, "127.0.0.1", () => process.send(`http://127.0.0.1:${http.address().port}`));
