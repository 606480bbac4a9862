// Runs the scenarios of this crate in Chromium: each server over each transport, one page for each pair; then what only the page's
// side can see: errors that the browser hides, memory after a thousand connections, a worker.
//
// `node run.mjs FOLDER [PART]` serves FOLDER, which has the results of wasm-bindgen (`--target web`), and runs what has PART in its
// name. An error on the console fails a page.

import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";

import { openBrowser } from "../../npm/packaging/browser.mjs";
import { within } from "../../npm/packaging/limit.mjs";
import { startFront, startServer } from "../../npm/packaging/servers.mjs";
import { errors } from "./errors.mjs";
import { examples } from "./examples.mjs";
import { lifecycle } from "./lifecycle.mjs";
import { attempt, settle, sumUp } from "./report.mjs";
import { endAll, start } from "./servers.mjs";
import { serve } from "./site.mjs";
import { ask, close, open } from "./view.mjs";

const [root, part = ""] = process.argv.slice(2);
const SERVERS = ["socketio2", "socketio4", "testbed"];
/** Servers of Echo channels and of messages by programs without a socket: the transport makes no difference, except after a restart. */
const LARAVEL = [["laravel", "websocket"], ["laravel", "polling", "restart"], ["testbed-app", "websocket"], ["bridge", "websocket"], ["bridge", "polling"]];
const TRANSPORTS = ["websocket", "polling", "upgrade"];
const TIMES = 1000;
/** Longer than a long check takes on a busy machine, in milliseconds. */
const PATIENCE = 300_000;

const execute = promisify(execFile);

/** Runs a scenario; returns its error. */
function scenario(view, ...args) {
  const run = ([name, kind, mode]) => {
    const panicked = new Promise((resolve) => {
      globalThis.onPanic = (text) => text.includes("a test's own panic") || resolve(text);
    });
    return Promise.race([panicked, check.run(name, kind, mode).then(() => "", String)]);
  };
  return ask(view, "the end of the scenario", run, args, PATIENCE).catch(String);
}

async function over(browser, site, kind, mode, wanted = "") {
  let view = await open(browser, site.url);
  const all = await ask(view, "the names of the scenarios", (args) => check.names(...args), [kind, mode]);
  const names = all.filter((name) => name.includes(wanted) && `${kind} ${mode} ${name}`.includes(part));
  const began = performance.now();
  for (const name of names) {
    const error = await scenario(view, name, kind, mode);
    settle(`${kind} ${mode} ${name}`, error || view.errors.splice(0).join("; "));
    if (!error) continue;
    await close(view);
    view = await open(browser, site.url);
  }
  await close(view);
  if (names.length) console.log(`${kind} over ${mode}: ${names.length} scenarios in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}

async function scenarios(browser, site) {
  for (const kind of SERVERS) {
    for (const mode of TRANSPORTS) await over(browser, site, kind, mode);
  }
  // A server of 4.x alone has it.
  for (const kind of ["socketio4", "socketio4-aioquic"]) await over(browser, site, kind, "webtransport");
  for (const one of LARAVEL) await over(browser, site, ...one);
}

/** Connects and closes a thousand times twice: the second thousand must leave neither JavaScript's memory nor wasm's larger. */
async function leaks(browser, site) {
  const { port } = await start(new URLSearchParams("kind=socketio4"));
  const view = await open(browser, site.url);
  const session = await within("DevTools", view.context().newCDPSession(view));
  const send = (command) => within(`the reply to ${command}`, session.send(command));
  const measure = async () => {
    await send("HeapProfiler.collectGarbage");
    const { usedSize } = await send("Runtime.getHeapUsage");
    const { nodes, jsEventListeners } = await send("Memory.getDOMCounters");
    const wasm = await ask(view, "wasm's memory", () => check.memory_bytes());
    return { heap: usedSize, listeners: jsEventListeners, nodes, wasm };
  };
  const run = ([path, times]) => check.connect_and_close(location.origin, path, times);
  const round = () => ask(view, `${TIMES} connections`, run, [`/servers/${port}/socket.io/`, TIMES], PATIENCE);
  await round();
  const before = await measure();
  await round();
  const after = await measure();
  console.log(`${TIMES} connections: heap ${before.heap} -> ${after.heap} bytes, wasm ${before.wasm} -> ${after.wasm} bytes, listeners ${before.listeners} -> ${after.listeners}`);
  // A closure and its JavaScript function are more than 100 bytes.
  settle("leaks: heap", after.heap - before.heap < TIMES * 50 ? "" : `${after.heap - before.heap} bytes more`);
  settle("leaks: wasm", after.wasm === before.wasm ? "" : `${after.wasm - before.wasm} bytes more`);
  settle("leaks: listeners", after.listeners === before.listeners ? "" : `${after.listeners - before.listeners} more`);
  await close(view);
}

/** Upgrades of a session over polling: to WebTransport, and to a WebSocket if UDP does not arrive or the certificate is another one. */
async function upgrades(browser, site) {
  const server = await startServer("socketio4", { WEBTRANSPORT: "yes" });
  const front = await startFront(server.sessions, new URL(site.url).port);
  const silent = await serve(root);
  const cases = [["to WebTransport", site, front.certificate, "WebTransport"], ["without UDP", silent, front.certificate, "WebSocket"],
    ["with another certificate", site, front.certificate.replace(/../g, "00"), "WebSocket"]];
  for (const [name, { url }, certificate, expected] of cases) {
    const view = await open(browser, url);
    const run = (args) => check.upgrade(...args);
    const transport = await ask(view, "the upgrade", run, [`/servers/${server.port}/socket.io/`, certificate, expected === "WebSocket"]).catch(String);
    settle(`upgrades ${name}`, transport === expected ? view.errors.join("; ") : transport);
    await close(view);
  }
  for (const started of [silent, front, server]) started.stop();
}

async function worker(browser, site) {
  for (const mode of TRANSPORTS) {
    const view = await open(browser, site.url);
    const run = (mode) => new Promise((resolve) => {
      const worker = new Worker(`/worker.js#socketio4,${mode}`, { type: "module" });
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => resolve(message);
    });
    const said = await ask(view, "the worker", run, mode);
    settle(`worker ${mode}`, said === "ok" ? view.errors.join("; ") : said);
    await close(view);
  }
}

/** A hundredth of the events, so that the measurement works if it is needed. No figure fails it. */
async function speed() {
  const args = [join(import.meta.dirname, "speed.mjs"), root, "--clients", "check", "--rounds", "1", "--part", "0.01"];
  await execute(process.execPath, args, { timeout: 2 * PATIENCE });
}

const browser = await openBrowser();
const site = await serve(root);
try {
  await scenarios(browser, site);
  for (const check of [upgrades, leaks, errors, worker, lifecycle, speed, examples]) {
    if (check.name.includes(part)) await attempt(check.name, () => check(browser, site, root));
  }
  await within("the end of the browser", browser.close());
} finally {
  site.stop();
  endAll();
}
sumUp();
