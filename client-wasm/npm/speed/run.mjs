// Compares the speed of this package with socket.io-client 4.8.4, in Node and in Chromium: `node speed/run.mjs [rounds]`. Rounds of both
// alternate. The table has the medians and their ratio; below 1, this package needs less. No number fails the run.

import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { CASES, WORK } from "./work.mjs";

const here = import.meta.dirname;
const npm = join(here, "..");
const rounds = Number(process.argv[2] || 5);

const reference = join(npm, "node_modules/socket.io-client/build/esm/index.js");
const MODULES = { ours: join(npm, "dist", "node.mjs"), reference };
const PAGES = { ours: join(npm, "dist", "index.mjs"), reference };

const samples = new Map();

function note(place, results, client) {
  for (const [what, value] of Object.entries(results)) {
    const name = `${place}: ${what}`;
    if (!samples.has(name)) samples.set(name, { ours: [], reference: [] });
    samples.get(name)[client].push(value);
  }
}

const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

// ---- Node ----

function inNode(url, what, client) {
  const args = ["--expose-gc", join(here, "node.mjs"), MODULES[client], url, what];
  note("Node", JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" })), client);
}

// ---- Chromium ----

function bundle(client) {
  const out = join(npm, "build", "speed");
  mkdirSync(out, { recursive: true });
  const file = join(out, `${client}.js`);
  buildSync({ entryPoints: [join(here, "page.js")], bundle: true, minify: true, outfile: file, alias: { IO: PAGES[client] }, logLevel: "error" });
  return file;
}

/** Returns how long the main thread of a page was busy with tasks, in milliseconds. */
async function busy(session, run) {
  const duration = async () => {
    const { metrics } = await session.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "TaskDuration").value * 1_000;
  };
  const before = await duration();
  await run();
  return (await duration()) - before;
}

async function inPage(browser, file, url, client) {
  const page = await browser.newPage();
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable");
  await page.goto(url);
  await page.addScriptTag({ path: file });
  await page.evaluate((url) => globalThis.begin(url), url);
  const result = {};
  for (const way of Object.keys(WORK)) {
    for (const [name, [times]] of Object.entries(CASES)) {
      const run = () => page.evaluate(([way, name]) => globalThis.run(way, name), [way, name]);
      await run();
      result[`${way} ${name}, us`] = ((await busy(session, run)) * 1_000) / times;
    }
  }
  note("Chromium", result, client);
  await page.close();
}

// ---- run ----

async function startServer() {
  const child = spawn(process.execPath, [join(here, "server.mjs")], { stdio: ["ignore", "pipe", "inherit"] });
  let text = "";
  for await (const part of child.stdout) {
    const [, port] = /listening on (\d+)/.exec((text += part)) || [];
    if (port) return { url: `http://127.0.0.1:${port}`, stop: () => child.kill() };
  }
  throw new Error(`the server exited: ${text}`);
}

function print() {
  console.log(`${"".padEnd(46)}${"ours".padStart(10)}${"reference".padStart(11)}${"times".padStart(8)}`);
  for (const [name, { ours, reference }] of samples) {
    const [mine, other] = [median(ours), median(reference)];
    console.log(`${name.padEnd(46)}${mine.toFixed(2).padStart(10)}${other.toFixed(2).padStart(11)}${(mine / other).toFixed(2).padStart(8)}`);
  }
}

const server = await startServer();
const { openBrowser } = await import("../packaging/browser.mjs");
const browser = await openBrowser();
const files = { ours: bundle("ours"), reference: bundle("reference") };
for (let round = 1; round <= rounds; round++) {
  for (const client of ["ours", "reference"]) {
    process.stderr.write(`round ${round} of ${rounds}: ${client}   \r`);
    for (const what of ["start", "work", "memory"]) inNode(server.url, what, client);
    await inPage(browser, files[client], server.url, client);
  }
}
process.stderr.write("\n");
await browser.close();
server.stop();
print();
if (process.argv[3]) writeFileSync(process.argv[3], JSON.stringify(Object.fromEntries(samples), undefined, 2));
