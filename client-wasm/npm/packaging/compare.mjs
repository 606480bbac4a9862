// Runs the same page in Chromium with socket.io-client 4.8.4 and with this package, and compares the values that the server receives and sends
// back: values of all types, over each transport, with the default parser and with socket.io-msgpack-parser. On a 2.x server, this package must
// have the results of socket.io-client on a 4.x server.
// `node compare.mjs <part of a name>` prints the lines.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireDist } from "../scripts/built.mjs";
import { openBrowser, visit } from "./browser.mjs";
import { msgpack, startLab } from "./lab.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const out = join(npm, "build", "compare");
const wanted = process.argv[2];
const differences = JSON.parse(readFileSync(join(here, "differences.json"), "utf8"));
const met = new Set();

const CLIENTS = { reference: join(npm, "node_modules/socket.io-client/dist/socket.io.esm.min.js"), ours: join(npm, "dist", "index.mjs") };

function build() {
  requireDist();
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  for (const [name, client] of Object.entries(CLIENTS)) {
    const alias = { client, "socket.io-msgpack-parser": join(npm, "node_modules/socket.io-msgpack-parser") };
    buildSync({ entryPoints: [join(here, "apps/values-page.js")], bundle: true, outfile: join(out, `${name}.js`), alias, logLevel: "error" });
    writeFileSync(join(out, `${name}.html`), `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script src="${name}.js"></script>`);
  }
}

/** Returns the lines of a page with a client, on a 2.x or a 4.x server. */
async function lines(browser, client, major, transports, parser) {
  const lab = await startLab(major, parser ? { parser: msgpack } : {});
  const site = await serve(out, lab.port);
  const { result } = await visit(browser, `${site.url}/${client}.html?transports=${transports}${parser ? "&parser=1" : ""}`, 300_000);
  site.stop();
  lab.stop();
  if (!result.startsWith("{")) throw new Error(`${client} on ${major}.x over ${transports}: ${result}`);
  return JSON.parse(result);
}

/** Prints the lines that differ and are not listed. Returns their number. */
function compare(theirs, ours, place) {
  const failures = [];
  for (const [name, line] of Object.entries(theirs)) {
    if (wanted && name.includes(wanted)) console.log(`${name}\n    reference: ${line.slice(0, 500)}\n    tidewire:  ${String(ours[name]).slice(0, 500)}`);
    if (ours[name] === line) continue;
    const listed = Object.keys(differences).find((pattern) => new RegExp(`^${pattern}$`).test(`${place}: ${name}`));
    if (listed) met.add(listed);
    else failures.push(`${name}\n    reference: ${line.slice(0, 500)}\n    tidewire:  ${String(ours[name]).slice(0, 500)}`);
  }
  const count = Object.keys(theirs).length;
  console.log(`${failures.length ? "FAILED " : "ok     "} ${place}: ${count} lines, ${failures.length} failures`);
  for (const failure of failures) console.log(`  ${failure}`);
  return failures.length;
}

build();
const browser = await openBrowser();
let failed = 0;
for (const transports of ["polling", "websocket"]) {
  const theirs = await lines(browser, "reference", 4, transports);
  failed += compare(theirs, await lines(browser, "ours", 4, transports), `4.8.4 over ${transports}`);
  failed += compare(theirs, await lines(browser, "ours", 2, transports), `2.5.1 over ${transports}`);
  const packed = await lines(browser, "reference", 4, transports, true);
  failed += compare(packed, await lines(browser, "ours", 4, transports, true), `msgpack over ${transports}`);
}
await browser.close();
for (const pattern of Object.keys(differences).filter((pattern) => !met.has(pattern))) {
  failed++;
  console.log(`FAILED  listed as a difference, but equal: ${pattern}`);
}
process.exit(failed ? 1 : 0);
