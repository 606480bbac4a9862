// Runs the scenarios of test/servers with the built package in Chromium: each official server, egg and our testbed, over each transport.
// An error on the console fails a page, except a poll that the server rejects after the page closed its session.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireDist } from "../scripts/built.mjs";
import { openBrowser, visit } from "./browser.mjs";
import { startServer } from "./servers.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const out = join(npm, "build", "scenarios");

const SERVERS = { socketio2: "eio3", socketio4: "eio4", egg: "eio3", testbed: "eio4" };
/** Scenarios that are skipped: in socketioxide, all namespaces have the id of their session, and a refusal has no data. */
const WITHOUT = { testbed: "detectsEngineVersion,reportsRefusals,sharesAConnection" };
const TRANSPORTS = ["polling", "websocket", "polling,websocket"];

function build() {
  requireDist();
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
  for (const transports of TRANSPORTS) {
    const { result, errors } = await visit(browser, `${site.url}/index.html?transports=${transports}&engineVersion=${engineVersion}&without=${WITHOUT[name] || ""}`, 120_000);
    const isGood = /^\d+ scenarios$/.test(result) && !errors.length;
    if (!isGood) failed++;
    console.log(`${isGood ? "ok     " : "FAILED "} ${name} over ${transports}: ${result} ${errors.join("; ")}`);
  }
  site.stop();
  server.stop();
}
await browser.close();
process.exit(failed ? 1 : 0);
