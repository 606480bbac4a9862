// A web server for the pages of the apps, which forwards `/socket.io` to a Socket.IO server.

import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** Serves `root` on a free port; `server` is the port of the Socket.IO server. */
export async function serve(root, server) {
  const forward = ({ method, url, headers }) => request({ host: "127.0.0.1", port: server, method, path: url, headers });
  const site = createServer((req, res) => {
    const path = new URL(req.url, "http://site").pathname;
    if (path.startsWith("/socket.io")) return forwardRequest(req, res, forward(req));
    const file = join(root, path);
    if (!existsSync(file) || !statSync(file).isFile()) return res.writeHead(404).end();
    res.writeHead(200, { "content-type": TYPES[extname(file)] || "text/plain", "service-worker-allowed": "/" });
    createReadStream(file).pipe(res);
  });
  site.on("upgrade", (req, socket, head) => forwardUpgrade(forward(req), socket, head));
  await new Promise((resolve) => site.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${site.address().port}`, stop: () => site.close().closeAllConnections() };
}

function forwardRequest(req, res, upstream) {
  upstream.on("response", (response) => {
    res.writeHead(response.statusCode, response.headers);
    response.pipe(res);
  });
  upstream.on("error", () => res.destroy());
  res.on("close", () => upstream.destroy());
  req.pipe(upstream);
}

function forwardUpgrade(upstream, socket, head) {
  upstream.on("upgrade", (response, other, rest) => {
    const lines = response.rawHeaders.map((word, at) => word + (at % 2 ? "\r\n" : ": "));
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join("")}\r\n`);
    socket.write(rest);
    other.pipe(socket).pipe(other);
    for (const [from, to] of [[socket, other], [other, socket]]) {
      from.on("error", () => to.destroy());
      from.on("close", () => to.destroy());
    }
  });
  upstream.on("error", () => socket.destroy());
  upstream.end(head);
}
