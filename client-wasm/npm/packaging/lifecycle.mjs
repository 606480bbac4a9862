// The package in pages that lose the network, are frozen, or are in the back/forward cache.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireDist } from "../scripts/built.mjs";
import { Chromium } from "./cdp.mjs";
import { DELAY, run, scenarios } from "./lifecycle-scenarios.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const out = join(here, "..", "build", "lifecycle");

/** The reasons of socket.io-client. */
const LINES = { offline: "disconnect transport close network connection lost", frozen: "disconnect transport error [object Event]" };

function build() {
  requireDist();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const alias = { tidewire: join(here, "..", "dist", "index.mjs") };
  buildSync({ entryPoints: [join(here, "apps/lifecycle.js")], bundle: true, outfile: join(out, "bundle.js"), alias, logLevel: "error" });
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
  writeFileSync(join(out, "index.html"), `${head}<script src="bundle.js"></script>`);
  writeFileSync(join(out, "elsewhere.html"), `${head}<title>elsewhere</title>`);
}

build();
const chromium = await Chromium.open();
let failed = 0;
for (const [name, scenario] of Object.entries(scenarios(LINES))) {
  for (const transport of ["polling", "websocket"]) {
    const open = async (port) => {
      const site = await serve(out, port);
      return { page: await chromium.page(`${site.url}/index.html?transport=${transport}&delay=${DELAY}`), stop: site.stop };
    };
    try {
      await run(scenario, transport, open);
      console.log(`ok      ${name}, over ${transport}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}, over ${transport}: ${error.message}`);
    }
  }
}
await chromium.close();
process.exit(failed ? 1 : 0);
