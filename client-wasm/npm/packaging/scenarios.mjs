// The scenarios of test/servers in Chromium, with the packed package: each official server, egg and our testbed, over each transport.
// An error on a page's console is a failure, but for a poll that the page's own goodbye has overtaken.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { look, openBrowser } from "./browser.mjs";
import { startServer } from "./servers.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const out = join(npm, "build", "scenarios");

const SERVERS = { socketio2: "eio3", socketio4: "eio4", egg: "eio3", testbed: "eio4" };
/** socketioxide gives all namespaces the id of their session, and a refusal no data. */
const WITHOUT = { testbed: "detectsEngineVersion,reportsRefusals,sharesAConnection" };
const WAYS = ["polling", "websocket", "polling,websocket"];

function build() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  buildSync({
    entryPoints: [join(here, "apps", "scenarios-page.js")],
    bundle: true,
    outfile: join(out, "bundle.js"),
    alias: { tidewire: join(npm, "dist", "index.mjs"), "node:assert/strict": join(here, "apps", "assert.js") },
    logLevel: "error",
  });
  writeFileSync(join(out, "index.html"), '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="bundle.js"></script>');
}

build();
const browser = await openBrowser();
let failed = 0;
for (const [name, engineVersion] of Object.entries(SERVERS)) {
  const server = await startServer(name);
  const site = await serve(out, server.port);
  for (const way of WAYS) {
    const { said, errors } = await look(browser, `${site.url}/index.html?transports=${way}&engineVersion=${engineVersion}&without=${WITHOUT[name] || ""}`, 120_000);
    const good = /^\d+ scenarios$/.test(said) && !errors.length;
    if (!good) failed++;
    console.log(`${good ? "ok     " : "FAILED "} ${name} over ${way}: ${said} ${errors.join("; ")}`);
  }
  site.stop();
  server.stop();
}
await browser.close();
process.exit(failed ? 1 : 0);
