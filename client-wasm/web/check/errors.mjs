// Errors whose reason a browser hides: each names the likely one.

import { within } from "../../npm/packaging/limit.mjs";
import { settle } from "./report.mjs";
import { start } from "./servers.mjs";
import { serve } from "./site.mjs";
import { ask, close, newPage, open } from "./view.mjs";

export async function errors(browser, site, root) {
  const { port } = await start(new URLSearchParams("kind=socketio4"));
  const path = "/socket.io/";
  const of = (view, url, transport) => ask(view, `the error of ${url}`, (args) => check.error_of(...args), [url, path, transport]);
  const expect = (name, text, part) => settle(`errors: ${name}`, text.includes(part) ? "" : `"${text}" lacks "${part}"`);
  const view = await open(browser, site.url);
  expect("CORS", await of(view, `http://127.0.0.1:${port}`, "polling"), "(CORS)");
  settle("errors: a WebSocket to another origin", await of(view, `http://127.0.0.1:${port}`, "websocket"));
  expect("no server, WebSocket", await of(view, "http://127.0.0.1:1", "websocket"), "is it running");
  expect("no server, polling", await of(view, "http://127.0.0.1:1", "polling"), "is it running");
  expect("no server, WebTransport", await of(view, `http://127.0.0.1:${port}`, "webtransport"), "is it running");
  expect("a URL without a scheme", await of(view, "localhost:3000", "websocket"), "did you mean `http://localhost:3000`?");
  await within("no network", view.context().setOffline(true));
  expect("offline", await of(view, `http://127.0.0.1:${port}`, "websocket"), "offline");
  await close(view);
  const policy = "default-src 'self'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; connect-src 'self'";
  const strict = await serve(root, { "content-security-policy": policy });
  const refused = await open(browser, strict.url);
  expect("CSP, WebSocket", await of(refused, `http://127.0.0.1:${port}`, "websocket"), "Content-Security-Policy forbids it");
  expect("CSP, polling", await of(refused, `http://127.0.0.1:${port}`, "polling"), "`connect-src`");
  expect("CSP, WebTransport", await of(refused, `http://127.0.0.1:${port}`, "webtransport"), "`connect-src`");
  await close(refused);
  const old = await open(browser, site.url);
  await ask(old, "a browser without WebTransport", () => void delete globalThis.WebTransport);
  expect("no WebTransport", await of(old, `http://127.0.0.1:${port}`, "webtransport"), "has no WebTransport");
  await close(old);
  strict.stop();
  await mixed(browser, site, of, expect, port);
  await withoutWasm(browser, root, expect);
}

/** A page over https, whose files come from the site. Its address has no server, so that nothing but the browser can refuse. */
async function mixed(browser, site, of, expect, port) {
  const page = await newPage(browser);
  const answer = async (route) => {
    const { pathname } = new URL(route.request().url());
    await route.fulfill({ response: await route.fetch({ url: site.url + pathname }) });
  };
  await within("the route to the site", page.route("https://site.test/**", answer));
  await page.goto("https://site.test/");
  await ask(page, "the page's script", () => globalThis.ready);
  for (const transport of ["websocket", "polling"]) {
    expect(`mixed content, ${transport}`, await of(page, `http://server.test:${port}`, transport), "mixed content: the page has come over https");
    expect(`a secure page without its server, ${transport}`, await of(page, `https://server.test:${port}`, transport), "is it running");
  }
  // Chromium asks the user before a page of the internet reaches a server of this machine. Here no user answers.
  const near = `http://127.0.0.1:${port}`;
  expect("the same machine, not allowed", await of(page, near, "websocket"), "may the page reach the local network");
  await within("the permission", page.context().grantPermissions(["local-network-access"]));
  settle("errors: the same machine, allowed", await of(page, near, "websocket"));
  await close(page);
}

/** If the policy forbids WebAssembly, no Rust code runs. */
async function withoutWasm(browser, root, expect) {
  const site = await serve(root, { "content-security-policy": "script-src 'self' 'unsafe-inline'" });
  const page = await newPage(browser);
  await page.goto(site.url);
  expect("CSP, WebAssembly", await ask(page, "the page's error", () => globalThis.ready.then(() => "", String)), "CompileError");
  await close(page);
  site.stop();
}
