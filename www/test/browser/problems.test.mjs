// Bad input: the playground says in words why it is not connected, and what to check.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { before, test } from "node:test";

import { serve } from "../../../client-wasm/npm/packaging/site.mjs";
import { freePort } from "../../../server-testbed/peers/free-port.js";
import { atEnd, listen, NETWORK, open, openBrowser, Playground, SITE, serveAlone, shows, startSecure, startSite } from "./world.mjs";

let browser;
let url;

before(async () => {
  browser = await openBrowser(["--host-resolver-rules=MAP *.test 127.0.0.1"]);
  url = await serveAlone();
});

/** Connects to `settings`; the box must say `title`, and name each of `checks`. */
async function expect(settings, title, checks = [], { from = url, ...options } = {}) {
  const { page, close } = await open(browser, from, { allowed: NETWORK, ...options });
  await new Playground(page).connect(settings);
  const box = page.locator("#diagnosis");
  await box.locator("h2").waitFor();
  await shows(() => box.locator("h2").textContent(), title);
  const text = (await box.locator("li").allTextContents()).join("\n");
  for (const check of checks) assert.ok(text.includes(check), `${text} has no “${check}”`);
  // The address that was asked can be opened.
  await shows(() => box.locator("a").getAttribute("href"), /EIO=\d&transport=polling/);
  await page.click("#disconnect");
  await box.waitFor({ state: "hidden" });
  await close();
}

test("settings that cannot be used are told at their fields, and nothing is sent", async () => {
  const { page, close } = await open(browser, url);
  const playground = new Playground(page);
  const said = async (settings, field) => {
    await playground.connect(settings);
    const focused = await page.evaluate(() => document.activeElement.name);
    assert.equal(focused, field);
    return page.textContent(`#${field}-problem`);
  };
  assert.match(await said({ url: "" }, "url"), /^Enter the address/);
  assert.match(await said({ url: "http://" }, "url"), /“http:\/\/” is not a URL/);
  assert.match(await said({ url: "http://my host" }, "url"), /“http:\/\/my host” is not a URL/);
  assert.match(await said({ url: "ftp://example.com" }, "url"), /scheme “ftp” cannot be used/);
  assert.match(await said({ url: "http://localhost:1", path: "nope" }, "path"), /“nope” is not a path/);
  assert.match(await said({ path: "/socket.io", auth: '{"token": }' }, "auth"), /Line 1, column 11: found “}”\. Expected: a value/);
  assert.match(await said({ auth: "", headers: '{"a b": "c"}' }, "headers"), /“a b” cannot be sent/);
  assert.match(await said({ headers: '{"x-key": "1", "Cookie": "a=b"}' }, "headers"), /“Cookie” cannot be sent/);
  assert.match(await said({ headers: "", query: '{"user": {"id": 1}}' }, "query"), /“user” is an array or object/);
  await shows(() => page.locator("#live").isHidden(), true);
  await close();
});

test("nothing listens", async () => {
  await expect({ url: `http://127.0.0.1:${await freePort()}` }, /nothing answers at http:\/\/127\.0\.0\.1:\d+/, ["server runs"]);
});

test("a port to which browsers do not connect", async () => {
  await expect({ url: "http://127.0.0.1:6000" }, /browsers do not connect to port 6000/, ["such as 3000"]);
});

test("Chromium blocks each port that the playground takes for blocked", async () => {
  const source = readFileSync(join(import.meta.dirname, "../../src/connection/blocked-ports.ts"), "utf8");
  const ports = source.match(/new Set\(\[([^\]]+)/)[1].match(/\d+/g);
  assert.ok(ports.length > 80);
  const { page, close } = await open(browser, url, { allowed: NETWORK });
  const reasons = new Map();
  page.on("requestfailed", (request) => reasons.set(request.url(), request.failure().errorText));
  const urls = ports.map((port) => `http://127.0.0.1:${port}/`);
  await page.evaluate((urls) => Promise.allSettled(urls.map((url) => fetch(url))), urls);
  const blocked = urls.map((url) => [url, "net::ERR_UNSAFE_PORT"]);
  await shows(() => urls.map((url) => [url, reasons.get(url)]), blocked);
  await close();
});

test("a web server that is not Socket.IO", async () => {
  const port = await listen(
    createServer((_, response) => {
      response.writeHead(404, { "access-control-allow-origin": "*", "content-type": "text/html" });
      response.end("<!doctype html><title>Not Found</title>");
    }),
  );
  await expect({ url: `http://127.0.0.1:${port}` }, /not a Socket\.IO server \(HTTP 404, text\/html, “Not Found”\)/, [
    "/socket.io is the default",
    "Check the port",
  ]);
});

test("a Socket.IO server at another path", async () => {
  const site = await startSite("testbed");
  await expect({ url: site.url, path: "/sockets" }, /not a Socket\.IO server/, ["Check the path"], { from: site.url });
});

test("CORS: socket.io 4.8.4 with its defaults", async () => {
  const { direct } = await startSite("socketio4");
  await expect({ url: direct }, /does not allow this page to read it \(CORS\)/, [`cors: { origin: "${url}" }`, "WebSocket alone"]);
  // The advice helps.
  const { page, close } = await open(browser, url, { allowed: NETWORK });
  const playground = new Playground(page);
  await playground.connect({ url: direct, namespaces: "/lab", transports: "websocket" });
  await playground.connected("/lab");
  await close();
});

test("CORS with cookies", async () => {
  const { direct } = await startLab(4, { cors: { origin: "*" } });
  await expect({ url: direct, credentials: true, transports: "polling" }, /not with cookies \(CORS\)/, ["send cookies"]);
});

test("a certificate that is not trusted", async () => {
  const port = await startSecure((_, response) => response.end());
  await expect({ url: `https://localhost:${port}` }, /the certificate is not trusted/, [`Open https://localhost:${port}/socket.io/`]);
});

test("http for a server of https", async () => {
  // With the certificate trusted, only the scheme is wrong.
  const port = await startSecure((_, response) => response.end());
  await expect({ url: `http://localhost:${port}` }, /answers to another scheme/, [`Try https://localhost:${port}`], { ignoreHTTPSErrors: true });
});

test("https for a server of http", async () => {
  const port = await listen(createServer((_, response) => response.end()));
  await expect({ url: `https://localhost:${port}` }, /answers to another scheme/, [`Try http://localhost:${port}`]);
});

test("mixed content: a page of https and a server of http", async () => {
  const inner = await serve(SITE, 1);
  atEnd(inner.stop);
  const port = await startSecure(async (request, response) => {
    const answer = await fetch(inner.url + request.url);
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") || "text/plain" });
    response.end(Buffer.from(await answer.arrayBuffer()));
  });
  const from = `https://site.test:${port}`;
  await expect({ url: "http://other.test:3000" }, /came over https, and may not load from http/, ["https or wss"], { from, ignoreHTTPSErrors: true });
});

test("a server without WebSocket", async () => {
  const { direct } = await startLab(4, { transports: ["polling"], cors: { origin: "*" } });
  await expect({ url: direct, transports: "websocket" }, /so the WebSocket is the problem/, ["polling, then WebSocket", "nginx"]);
});

test("a server of the other version than the chosen one", async () => {
  const { direct } = await startLab(4, { cors: { origin: "*" } });
  await expect({ url: direct, version: "eio3", transports: "polling" }, /refuses this protocol version/, ["detect"]);
});

test("the explanation is in the language of the page", async () => {
  const { page, close } = await open(browser, `${url}/zh/`, { allowed: NETWORK });
  await new Playground(page).connect({ url: `http://127.0.0.1:${await freePort()}` });
  await page.getByText("没有响应").first().waitFor();
  await close();
});

/** Starts a server of a major version with options of its own. */
async function startLab(major, options) {
  const require = createRequire(join(import.meta.dirname, "../../../server-testbed/peers/x.js"));
  const http = createServer();
  const io = major === 4 ? new (require("socket.io-4").Server)(http, options) : require("socket.io-2")(http, options);
  const port = await listen(http);
  atEnd(() => io.close());
  return { direct: `http://127.0.0.1:${port}` };
}
