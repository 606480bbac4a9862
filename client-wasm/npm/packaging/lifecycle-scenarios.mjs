// Pages in Chromium that lose the network, are frozen, or are in the back/forward cache: checks the events of the socket, and that it
// reconnects without its delay. No time is asserted: a socket that waits for its delay runs into the time limit of a step.
//
// A page has the functions of `apps/lifecycle-log.js`, and `echo()`, which resolves with "echoed" when the server has acked.

import { connect, createServer } from "node:net";

import { startLab } from "./lab.mjs";
import { within } from "./limit.mjs";

/** The reconnection delay of a page's socket in milliseconds, much longer than the time limit of a step. */
export const DELAY = 300_000;

/** Starts a TCP proxy in front of a server. It can stop forwarding without closing its connections. */
async function startProxy(port) {
  const pairs = new Set();
  let isPaused = false;
  const proxy = createServer((socket) => {
    const upstream = connect(port, "127.0.0.1");
    const pair = [socket, upstream];
    pairs.add(pair);
    socket.on("data", (data) => isPaused || upstream.write(data));
    upstream.on("data", (data) => isPaused || socket.write(data));
    for (const [one, other] of [pair, [...pair].reverse()]) {
      one.on("error", () => {});
      one.on("close", () => (isPaused ? pairs.delete(pair) : other.destroy()));
    }
  });
  /** Closes all connections; new ones are forwarded. */
  function closeAll() {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  }
  await new Promise((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  return {
    port: proxy.address().port,
    pause: () => (isPaused = true),
    resume() {
      isPaused = false;
      closeAll();
    },
    closeAll,
    stop() {
      proxy.close();
      closeAll();
    },
  };
}

/** Evaluates an expression in the page, within the time limit. */
const evaluate = (page, expression) => within(expression, page.evaluate(expression));

/** Waits for an event of the socket; returns all events since the last call. */
async function until(page, event) {
  try {
    return await evaluate(page, `until("${event}")`);
  } catch (error) {
    // A page that does not answer must not hide the error.
    const logged = await evaluate(page, "logged()").catch(String);
    throw new Error(`${error.message}; the page has logged ${JSON.stringify(logged)}`);
  }
}

function must(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

/** Freezes the page and waits for its event `freeze`. */
async function freeze(page) {
  await evaluate(page, 'globalThis.frozen = new Promise((resolve) => addEventListener("freeze", resolve, { capture: true, once: true }));0');
  await page.state("frozen");
  await evaluate(page, "frozen.then(() => 0)");
}

async function resume(page) {
  await evaluate(page, 'globalThis.resumed = new Promise((resolve) => addEventListener("resume", resolve, { capture: true, once: true }));0');
  await page.state("active");
  await evaluate(page, "resumed.then(() => 0)");
}

const echoes = async (page) => must(await evaluate(page, "echo()"), "echoed");

/** `offline` and `frozen`: the line of a socket that the network or the freezing of the page disconnects. */
export const scenarios = ({ offline, frozen }) => ({
  /** Disconnects at once, with the reason of socket.io-client. */
  async "offline and online"(page) {
    await page.network(true);
    must(await until(page, "disconnect"), [offline]);
    await page.network(false);
    must(await until(page, "connect"), ["connect"]);
    await echoes(page);
  },
  async "events emitted offline are sent online"(page) {
    await page.network(true);
    await until(page, "disconnect");
    await evaluate(page, "void (globalThis.waiting = echo())");
    await page.network(false);
    must(await evaluate(page, "waiting"), "echoed");
  },
  /** A poll survives. Chromium 156 closes the WebSocket of a frozen page, so that the first ack fails; Chromium 148 keeps it. */
  async "frozen and resumed"(page, _, transport) {
    await freeze(page);
    await resume(page);
    must(await evaluate(page, "echo().catch(() => echo())"), "echoed");
    await evaluate(page, 'log("end")');
    const logged = await until(page, "end");
    const closed = transport === "websocket" && logged.length > 1;
    must(logged, closed ? [frozen, "connect", "end"] : ["end"]);
  },
  /** The heartbeat was missed: the page detects it by the clock when it resumes. */
  async "frozen until the session timed out"(page, proxy) {
    await freeze(page);
    proxy.pause();
    await evaluate(page, "sleep(50_000)");
    proxy.resume();
    await resume(page);
    must(await until(page, "connect"), ["disconnect ping timeout", "connect"]);
    await echoes(page);
  },
  async "lost while frozen"(page, proxy) {
    await freeze(page);
    proxy.closeAll();
    await resume(page);
    const [lost, found] = await until(page, "connect");
    must([/^disconnect transport (close|error)/.test(lost), found], [true, "connect"]);
    await echoes(page);
  },
  /** A hidden page waits for its next attempt; a visible page reconnects at once. */
  async "lost while hidden, then shown"(page, proxy) {
    await page.cover();
    must(await evaluate(page, "document.visibilityState"), "hidden");
    proxy.closeAll();
    await until(page, "disconnect");
    await page.uncover();
    must(await until(page, "connect"), ["connect"]);
    await echoes(page);
  },
  /** The browser caches the page if it has no open connection. */
  async "back/forward cache"(page) {
    const url = await evaluate(page, "location.href");
    await evaluate(page, 'globalThis.shown = new Promise((resolve) => addEventListener("pageshow", (event) => resolve(event.persisted)));0');
    await page.go(new URL("elsewhere.html", url).href);
    must(await evaluate(page, "document.title"), "elsewhere");
    await page.back();
    must(await evaluate(page, "shown"), true);
    must(await until(page, "connect"), [offline, "connect"]);
    await echoes(page);
  },
});

/** Runs a scenario with a server behind a proxy. `open` opens the page for the port of the proxy. */
export async function run(scenario, transport, open) {
  const lab = await startLab(4);
  const proxy = await startProxy(lab.port);
  try {
    const { page, stop } = await open(proxy.port);
    try {
      must(await until(page, "connect"), ["connect"]);
      await scenario(page, proxy, transport);
    } finally {
      stop();
      await page.close();
    }
  } finally {
    proxy.stop();
    lab.stop();
  }
}
