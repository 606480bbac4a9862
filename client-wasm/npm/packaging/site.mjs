// A web server for the pages of the apps, and of the site, which forwards `/socket.io` to a Socket.IO server.

import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";

const TYPES = {
  ".css": "text/css",
  ".html": "text/html",
  ".js": "text/javascript",
  ".mjs": "text/javascript",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Serves `root` on `port`, by default a free one; `server` is the port of the Socket.IO server. `change` may change the pages. */
export async function serve(root, server, { port = 0, change = (html) => html } = {}) {
  const forward = ({ method, url, headers }) => request({ host: "127.0.0.1", port: server, method, path: url, headers });
  const site = createServer((req, res) => {
    const path = pathOf(req.url);
    if (path === undefined) return res.writeHead(400).end();
    if (path.startsWith("/socket.io")) return forwardRequest(req, res, forward(req));
    const file = join(root, path.endsWith("/") ? `${path}index.html` : path);
    if (!existsSync(file) || !statSync(file).isFile()) return res.writeHead(404).end();
    const type = TYPES[extname(file)] || "text/plain";
    res.writeHead(200, { "content-type": type, "service-worker-allowed": "/" });
    const content = readFileSync(file);
    res.end(type === "text/html" ? change(content.toString()) : content);
  });
  site.on("upgrade", (req, socket, head) => forwardUpgrade(forward(req), socket, head));
  await new Promise((resolve, reject) => site.on("error", reject).listen(port, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${site.address().port}`, stop: () => site.close().closeAllConnections() };
}

/** Returns the path of a request's address, or `undefined` for one that is not an address. */
function pathOf(url) {
  return URL.canParse(url, "http://site") ? new URL(url, "http://site").pathname : undefined;
}

/** Answers a request with the response of another server. */
export function forwardRequest(req, res, upstream) {
  upstream.on("response", (response) => {
    res.writeHead(response.statusCode, response.headers);
    response.pipe(res);
  });
  upstream.on("error", () => res.destroy());
  res.on("close", () => upstream.destroy());
  req.pipe(upstream);
}

/** Connects an upgraded request with another server. */
export function forwardUpgrade(upstream, socket, head) {
  // A browser that gives up resets the connection.
  socket.on("error", () => upstream.destroy());
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
  upstream.on("response", (response) => {
    socket.end(`HTTP/1.1 ${response.statusCode} Refused\r\n\r\n`);
    response.resume();
  });
  upstream.on("error", () => socket.destroy());
  upstream.end(head);
}
