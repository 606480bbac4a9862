// The web server of the pages. It forwards requests to the servers of the tests, so that they have the page's origin.

import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";

import { within } from "../../npm/packaging/limit.mjs";
import { forwardRequest, forwardUpgrade } from "../../npm/packaging/site.mjs";
import { control } from "./servers.mjs";

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

const HEAD = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
/** A page with one socket; its functions are those that the npm package's pages have. */
const LIFECYCLE = `import init, * as check from "/check.js";
import { log } from "/lifecycle-log.js";
await init();
globalThis.echo = check.lifecycle_echo;
const query = new URL(location.href).searchParams;
check.lifecycle(location.origin, "/servers/" + query.get("port") + "/socket.io/", query.get("transport"), Number(query.get("delay")), log);`;

/** The pages and scripts that are not below the root. */
const OWN = {
  "/": ["text/html", `${HEAD}<script type="module">import init, * as check from "/check.js"; globalThis.ready = init().then(() => { globalThis.check = check; });</script>`],
  "/lifecycle.html": ["text/html", `${HEAD}<script type="module">${LIFECYCLE}</script>`],
  "/lifecycle-log.js": ["text/javascript", readFileSync(join(import.meta.dirname, "../../npm/packaging/apps/lifecycle-log.js"))],
  "/elsewhere.html": ["text/html", `${HEAD}<title>elsewhere</title>`],
  "/worker.js": ["text/javascript", 'import init, * as check from "/check.js"; globalThis.onPanic = (text) => postMessage(text); await init(); await check.run("receives_acks", ...location.hash.slice(1).split(",")); postMessage("ok");'],
};

/** The port and the path of a request for a server, `/servers/PORT/socket.io/...`. */
const target = (url) => /^\/servers\/(\d+)(\/.*)$/.exec(url)?.slice(1);

function forward({ method, headers, url }) {
  const [port, path] = target(url);
  return request({ host: "127.0.0.1", port, method, path, headers });
}

/** Serves the files of `root` on a free port; `headers` go with the page. Requests for `/servers/PORT/` go to that server. */
export async function serve(root, headers = {}) {
  const site = createServer((req, res) => {
    const url = new URL(req.url, "http://site");
    if (target(req.url)) return forwardRequest(req, res, forward(req));
    if (url.pathname.startsWith("/control/")) return control(url, req, res).catch((error) => res.writeHead(500).end(String(error)));
    const [type, content] = OWN[url.pathname] || [];
    if (type) return res.writeHead(200, { "content-type": type, ...headers }).end(content);
    const file = join(root, url.pathname.replace(/\/$/, "/index.html"));
    if (!existsSync(file)) return res.writeHead(404).end();
    res.writeHead(200, { "content-type": TYPES[extname(file)] });
    createReadStream(file).pipe(res);
  });
  site.on("upgrade", (req, socket, head) => forwardUpgrade(forward(req), socket, head));
  await within("the port of the site", new Promise((resolve) => site.listen(0, "127.0.0.1", resolve)));
  return { url: `http://127.0.0.1:${site.address().port}`, stop: () => site.close().closeAllConnections() };
}
