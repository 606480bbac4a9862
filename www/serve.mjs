// Serves the page at http://localhost:8080, or on another port (`node www/serve.mjs <port>`), with the package from client-wasm/npm/dist.

import { createReadStream } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";

const here = import.meta.dirname;
const port = Number(process.argv[2] || 8080);

const FILES = {
  "/": [join(here, "index.html"), "text/html"],
  "/style.css": [join(here, "style.css"), "text/css"],
  "/app.js": [join(here, "app.js"), "text/javascript"],
  "/tidewire.js": [join(here, "../client-wasm/npm/dist/tidewire.min.js"), "text/javascript"],
};

const server = createServer(({ url }, response) => {
  const [file, type] = FILES[new URL(url, "http://page").pathname] || [];
  if (!file) return response.writeHead(404).end();
  const content = createReadStream(file);
  content.on("error", () => response.writeHead(404).end("This file does not exist. Build the package first: `cargo xtask npm`."));
  content.on("open", () => response.writeHead(200, { "content-type": `${type}; charset=utf-8` }));
  content.pipe(response);
});
server.on("error", ({ code, message }) => {
  console.error(code === "EADDRINUSE" ? `port ${port} is in use: choose another one, as in \`node www/serve.mjs 8081\`` : message);
  process.exitCode = 1;
});
server.listen(port, "localhost", () => console.log(`listening on http://localhost:${server.address().port}`));
