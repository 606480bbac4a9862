// WebTransport in Chromium, over QUIC: the official server of 4.x behind our front for HTTP/3 (server-testbed/src/webtransport.rs) and behind one on
// aioquic (server-testbed/peers/python/webtransport_front.py), with this package (`ours`) and with socket.io-client 4.8.4 (`reference`).

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireDist } from "../scripts/built.mjs";
import { openBrowser, visit } from "./browser.mjs";
import { startFront, startServer } from "./servers.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const out = join(npm, "build", "webtransport");

const CLIENTS = { ours: join(npm, "dist", "index.mjs"), reference: join(npm, "node_modules/socket.io-client/dist/socket.io.esm.min.js") };
/** The mode of each case, the transport at its end, and the front. */
const CASES = [
  ["webtransport", "webtransport", "testbed"],
  ["upgrade", "webtransport", "testbed"],
  ["webtransport", "webtransport", "aioquic"],
  ["upgrade", "webtransport", "aioquic"],
  // No QUIC answers at the port: after the start that WebTransport has, the WebSocket takes over.
  ["blocked", "websocket", "none"],
  // The certificate is another one.
  ["refused", "websocket", "testbed"],
];

requireDist();
rmSync(out, { recursive: true, force: true });
mkdirSync(out, { recursive: true });
for (const [name, client] of Object.entries(CLIENTS)) {
  const alias = { client };
  buildSync({ entryPoints: [join(here, "apps/webtransport-page.js")], bundle: true, outfile: join(out, `${name}.js`), alias, logLevel: "error" });
  writeFileSync(join(out, `${name}.html`), `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="${name}.js"></script>`);
}

const browser = await openBrowser();
const server = await startServer("socketio4", { WEBTRANSPORT: "yes" });
/** By its front: a site, and the hash of the front's certificate at the port with its number. */
const sites = {};
const running = [server];
for (const kind of ["testbed", "aioquic", "none"]) {
  const site = await serve(out, server.port);
  const front = kind !== "none" && (await startFront(server.sessions, new URL(site.url).port, kind));
  sites[kind] = { url: site.url, certificate: front && front.certificate };
  running.push(site, ...(front ? [front] : []));
}
let failed = 0;
for (const name of Object.keys(CLIENTS)) {
  for (const [mode, transport, front] of CASES) {
    const expected = `${transport}, echoed é中😀, 900000 bytes, in order, io client disconnect`;
    const { url, certificate } = sites[front];
    const hash = certificate && mode !== "refused" ? certificate : "00".repeat(32);
    const { result, errors } = await visit(browser, `${url}/${name}.html?client=${name}&mode=${mode}&certificate=${hash}`, 30_000);
    // Chromium reports a session that cannot be opened, with either client. socket.io-client leaves the ends of its sessions unhandled.
    const others = errors.filter((error) => name === "ours" && !/Failed to establish a connection|ERR_(QUIC|CONNECTION|TIMED)/.test(error));
    const isGood = result === expected && !others.length;
    if (!isGood) failed++;
    console.log(`${isGood ? "ok     " : "FAILED "} ${name}, ${mode}, ${front}: ${result} ${others.join("; ")}`);
  }
}
for (const started of running) started.stop();
await browser.close();
process.exit(failed ? 1 : 0);
