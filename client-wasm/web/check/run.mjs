// Runs the scenarios of this crate in Chromium: each server over each transport, one page for each pair; then what only the page's
// side can see: errors that the browser hides, memory after a thousand connections, a worker.
//
// `node run.mjs FOLDER [PART]` serves FOLDER, which has the results of wasm-bindgen (`--target web`), and runs what has PART in its
// name. An error on the console fails a page.

import { createServer, request } from "node:http";
import { createReadStream, existsSync } from "node:fs";
import { extname, join } from "node:path";

import { openBrowser } from "../../npm/packaging/browser.mjs";
import { startServer } from "../../npm/packaging/servers.mjs";

const [root, part = ""] = process.argv.slice(2);
const SERVERS = ["socketio2", "socketio4", "testbed"];
const TRANSPORTS = ["websocket", "polling", "upgrade"];
const TIMES = 1000;

/** The servers that pages have started, by port. */
const running = new Map();

/** Starts a server for a page, on its previous port if it had one. */
async function start(query) {
  const env = {};
  const args = [];
  const pings = [["interval", "PING_INTERVAL", "--ping-interval"], ["timeout", "PING_TIMEOUT", "--ping-timeout"]];
  for (const [name, variable, flag] of pings) {
    if (!query.get(name)) continue;
    env[variable] = query.get(name);
    args.push(flag, query.get(name));
  }
  if (query.get("recovery")) env.RECOVERY = "yes";
  env.PORT = query.get("port") || "0";
  const server = await startServer(query.get("kind"), env, args);
  running.set(server.port, server);
  return server.port;
}

async function control(url, response) {
  const query = url.searchParams;
  if (url.pathname.endsWith("/start")) return response.end(JSON.stringify({ port: Number(await start(query)) }));
  running.get(query.get("port"))?.stop();
  running.delete(query.get("port"));
  response.end("{}");
}

const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };
const PAGE = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module">import init, * as check from "/check.js"; globalThis.ready = init().then(() => { globalThis.check = check; });</script>';
const WORKER = 'import init, * as check from "/check.js"; globalThis.onPanic = (text) => postMessage(text); await init(); await check.run("receives_acks", ...location.hash.slice(1).split(",")); postMessage("ok");';

/** The port and the path of a request for a server, `/servers/PORT/socket.io/...`. */
const target = (url) => /^\/servers\/(\d+)(\/.*)$/.exec(url)?.slice(1);

function serve(headers = {}) {
  const forward = ({ method, headers, url }) => {
    const [port, path] = target(url);
    return request({ host: "127.0.0.1", port, method, path, headers });
  };
  const site = createServer((req, res) => {
    const url = new URL(req.url, "http://site");
    if (target(req.url)) {
      const upstream = forward(req);
      upstream.on("response", (response) => { res.writeHead(response.statusCode, response.headers); response.pipe(res); });
      upstream.on("error", () => res.destroy());
      res.on("close", () => upstream.destroy());
      return req.pipe(upstream);
    }
    if (url.pathname.startsWith("/control/")) return control(url, res).catch((error) => res.writeHead(500).end(String(error)));
    if (url.pathname === "/") return res.writeHead(200, { "content-type": "text/html", ...headers }).end(PAGE);
    if (url.pathname === "/worker.js") return res.writeHead(200, { "content-type": "text/javascript" }).end(WORKER);
    const file = join(root, url.pathname);
    if (!existsSync(file)) return res.writeHead(404).end();
    res.writeHead(200, { "content-type": TYPES[extname(file)] });
    createReadStream(file).pipe(res);
  });
  site.on("upgrade", (req, socket, head) => {
    const upstream = forward(req);
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
    upstream.on("response", (response) => { socket.end(`HTTP/1.1 ${response.statusCode} Refused\r\n\r\n`); response.resume(); });
    upstream.on("error", () => socket.destroy());
    if (head.length) socket.unshift(head);
    upstream.end();
  });
  return new Promise((resolve) => site.listen(0, "127.0.0.1", () => resolve({ url: `http://127.0.0.1:${site.address().port}`, stop: () => site.close().closeAllConnections() })));
}

/** The browser itself writes these when a server is gone or refuses, which some scenarios want; nothing else may be on the console. */
const FROM_NETWORK = /^WebSocket connection to .* failed|^Failed to load resource: /;

async function open(browser, url) {
  const view = await browser.newPage();
  view.errors = [];
  view.console = [];
  view.on("console", (message) => {
    if (message.type() !== "error") return;
    view.console.push(message.text());
    if (!FROM_NETWORK.test(message.text())) view.errors.push(message.text());
  });
  // A panic of a test is told by `onPanic`, before the trap.
  view.on("pageerror", (error) => view.errors.push(String(error)));
  await view.goto(url);
  await view.evaluate(() => globalThis.ready);
  return view;
}

let passed = 0;
const failures = [];
function settle(name, error) {
  if (!error) return passed++;
  failures.push(name);
  console.log(`FAILED  ${name}: ${error}`);
}

const scenario = (view, ...args) =>
  view.evaluate(([name, kind, mode]) => {
    const panicked = new Promise((resolve) => {
      globalThis.onPanic = (text) => text.includes("a test's own panic") || resolve(text);
    });
    return Promise.race([panicked, check.run(name, kind, mode).then(() => "", String)]);
  }, args);

async function over(browser, site, kind, mode) {
  let view = await open(browser, site.url);
  const names = (await view.evaluate(() => check.names())).filter((name) => `${kind} ${mode} ${name}`.includes(part));
  const began = performance.now();
  for (const name of names) {
    const error = await scenario(view, name, kind, mode);
    settle(`${kind} ${mode} ${name}`, error || view.errors.splice(0).join("; "));
    if (!error) continue;
    await view.close();
    view = await open(browser, site.url);
  }
  await view.close();
  if (names.length) console.log(`${kind} over ${mode}: ${names.length} scenarios in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function scenarios(browser, site) {
  for (const kind of SERVERS) {
    for (const mode of TRANSPORTS) await over(browser, site, kind, mode);
  }
}

/** Connects and closes a thousand times twice: the second thousand must leave neither JavaScript's memory nor wasm's larger. */
async function leaks(browser, site) {
  const port = await start(new URLSearchParams("kind=socketio4"));
  const view = await open(browser, site.url);
  const session = await view.context().newCDPSession(view);
  const measure = async () => {
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize } = await session.send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await session.send("Memory.getDOMCounters");
    const wasm = await view.evaluate(() => globalThis.ready && check.memory_bytes());
    return { heap: usedSize, listeners: jsEventListeners, nodes, wasm };
  };
  const rounds = (times) => view.evaluate(([path, times]) => check.connect_and_close(location.origin, path, times), [`/servers/${port}/socket.io/`, times]);
  await rounds(TIMES);
  const before = await measure();
  await rounds(TIMES);
  const after = await measure();
  console.log(`${TIMES} connections: heap ${before.heap} -> ${after.heap} bytes, wasm ${before.wasm} -> ${after.wasm} bytes, listeners ${before.listeners} -> ${after.listeners}`);
  // A closure and its JavaScript function are more than 100 bytes.
  settle("leaks: heap", after.heap - before.heap < TIMES * 50 ? "" : `${after.heap - before.heap} bytes more`);
  settle("leaks: wasm", after.wasm === before.wasm ? "" : `${after.wasm - before.wasm} bytes more`);
  settle("leaks: listeners", after.listeners === before.listeners ? "" : `${after.listeners - before.listeners} more`);
  await view.close();
}

async function errors(browser, site) {
  const port = await start(new URLSearchParams("kind=socketio4"));
  const path = "/socket.io/";
  const of = (view, url, polling) => view.evaluate((args) => check.error_of(...args), [url, path, polling]);
  const expect = (name, text, part) => settle(`errors: ${name}`, text.includes(part) ? "" : `"${text}" lacks "${part}"`);
  const view = await open(browser, site.url);
  expect("CORS", await of(view, `http://127.0.0.1:${port}`, true), "(CORS)");
  expect("a WebSocket to another origin", await of(view, `http://127.0.0.1:${port}`, false), "");
  expect("no server, WebSocket", await of(view, "http://127.0.0.1:1", false), "is it running");
  expect("no server, polling", await of(view, "http://127.0.0.1:1", true), "is it running");
  expect("a URL without a scheme", await of(view, "localhost:3000", false), "did you mean `http://localhost:3000`?");
  await view.context().setOffline(true);
  expect("offline", await of(view, `http://127.0.0.1:${port}`, false), "offline");
  await view.close();
  const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'";
  const strict = await serve({ "content-security-policy": policy });
  const refused = await open(browser, strict.url);
  expect("CSP, WebSocket", await of(refused, `http://127.0.0.1:${port}`, false), "Content-Security-Policy forbids it");
  expect("CSP, polling", await of(refused, `http://127.0.0.1:${port}`, true), "`connect-src`");
  await refused.close();
  strict.stop();
}

async function worker(browser, site) {
  for (const mode of TRANSPORTS) {
    const view = await open(browser, site.url);
    const said = await view.evaluate((mode) => new Promise((resolve) => {
      const worker = new Worker(`/worker.js#socketio4,${mode}`, { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve(message);
    }), mode);
    settle(`worker ${mode}`, said === "ok" ? view.errors.join("; ") : said);
    await view.close();
  }
}

const browser = await openBrowser();
const site = await serve();
try {
  await scenarios(browser, site);
  for (const check of [leaks, errors, worker]) {
    if (`${check.name}`.includes(part)) await check(browser, site);
  }
} finally {
  await browser.close();
  site.stop();
  for (const server of running.values()) server.stop();
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exitCode = failures.length ? 1 : 0;
