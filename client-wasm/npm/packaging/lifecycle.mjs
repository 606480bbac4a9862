// Pages that lose the network, are frozen, and are kept for the way back, in Chromium: what a socket says of it, and that it is back without
// waiting for its delay, which is a minute here. Nothing asserts a time: what would wait runs into the patience of a step.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { Chromium } from "./cdp.mjs";
import { startLab } from "./lab.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const out = join(here, "..", "build", "lifecycle");

/** Longer than anything takes here, and much shorter than the socket's delay. */
const PATIENCE = 20_000;
const DELAY = 60_000;

function build() {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const alias = { tidewire: join(here, "..", "dist", "index.mjs") };
  buildSync({ entryPoints: [join(here, "apps/lifecycle.js")], bundle: true, outfile: join(out, "bundle.js"), alias, logLevel: "error" });
  const head = '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">';
  writeFileSync(join(out, "index.html"), `${head}<script src="bundle.js"></script>`);
  writeFileSync(join(out, "elsewhere.html"), `${head}<title>elsewhere</title>`);
}

/** A door in front of a server, which can be shut: nothing goes through, and nobody is told. */
async function openDoor(port) {
  const pairs = new Set();
  let isShut = false;
  const door = createServer((socket) => {
    const onward = connect(port, "127.0.0.1");
    const pair = [socket, onward];
    pairs.add(pair);
    socket.on("data", (data) => isShut || onward.write(data));
    onward.on("data", (data) => isShut || socket.write(data));
    for (const [one, other] of [pair, [...pair].reverse()]) {
      one.on("error", () => {});
      one.on("close", () => (isShut ? pairs.delete(pair) : other.destroy()));
    }
  });
  /** What is open is gone; what comes is let through. */
  function cut() {
    for (const pair of pairs) for (const socket of pair) socket.destroy();
    pairs.clear();
  }
  await new Promise((resolve) => door.listen(0, "127.0.0.1", resolve));
  return {
    port: door.address().port,
    shut: () => (isShut = true),
    reopen() {
      isShut = false;
      cut();
    },
    cut,
    stop: () => door.close(),
  };
}

/** What an expression in the page comes to, if that does not take too long. */
async function ask(page, expression) {
  let timer;
  const late = new Promise((_, reject) => (timer = setTimeout(reject, PATIENCE, new Error(`${expression} takes too long`))));
  try {
    return await Promise.race([page.ask(expression), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What the socket has said since the last time, once such a word is among it. */
const heard = (page, word) => ask(page, `heard("${word}")`);

function must(actual, expected) {
  if (JSON.stringify(actual) !== JSON.stringify(expected)) throw new Error(`${JSON.stringify(actual)} is not ${JSON.stringify(expected)}`);
}

/** The page hears of it, or cannot any more: only then is it so. */
async function freeze(page) {
  await ask(page, 'globalThis.frozen = new Promise((resolve) => addEventListener("freeze", resolve, { capture: true, once: true }));0');
  await page.state("frozen");
  await ask(page, "frozen.then(() => 0)");
}

async function resume(page) {
  await ask(page, 'globalThis.resumed = new Promise((resolve) => addEventListener("resume", resolve, { capture: true, once: true }));0');
  await page.state("active");
  await ask(page, "resumed.then(() => 0)");
}

const echoes = async (page) => must(await ask(page, "echo()"), "echoed");

const OFFLINE = "disconnect transport close network connection lost";

const SCENES = {
  /** As the reference has it: at once, with this reason. */
  async "offline and online"(page) {
    await page.network(true);
    must(await heard(page, "disconnect"), [OFFLINE]);
    await page.network(false);
    must(await heard(page, "connect"), ["connect"]);
    await echoes(page);
  },
  async "what is emitted offline is sent online"(page) {
    await page.network(true);
    await heard(page, "disconnect");
    await ask(page, "void (globalThis.waiting = echo())");
    await page.network(false);
    must(await ask(page, "waiting"), "echoed");
  },
  /** Chromium closes a frozen page's WebSocket, whoever made it. A poll outlives it. */
  async "frozen and resumed"(page, _, transport) {
    await freeze(page);
    await resume(page);
    if (transport === "websocket") must(await heard(page, "connect"), ["disconnect transport error [object Event]", "connect"]);
    await echoes(page);
    await ask(page, 'say("end")');
    must(await heard(page, "end"), ["end"]);
  },
  /** No heartbeat was heard: the session is over when the page looks at the clock. */
  async "frozen until the session is dead"(page, door) {
    await freeze(page);
    door.shut();
    await ask(page, "passes(50_000)");
    door.reopen();
    await resume(page);
    must(await heard(page, "connect"), ["disconnect ping timeout", "connect"]);
    await echoes(page);
  },
  async "lost while frozen"(page, door) {
    await freeze(page);
    door.cut();
    await resume(page);
    const [lost, found] = await heard(page, "connect");
    must([/^disconnect transport (close|error)/.test(lost), found], [true, "connect"]);
    await echoes(page);
  },
  /** A page out of view waits for its next attempt; in view again, it makes it. */
  async "lost out of view, and looked at"(page, door) {
    await page.cover();
    must(await ask(page, "document.visibilityState"), "hidden");
    door.cut();
    await heard(page, "disconnect");
    await page.uncover();
    must(await heard(page, "connect"), ["connect"]);
    await echoes(page);
  },
  /** The browser keeps the page whole, if it has no connection meanwhile. */
  async "away and back"(page) {
    const url = await ask(page, "location.href");
    await ask(page, 'globalThis.shown = new Promise((resolve) => addEventListener("pageshow", (event) => resolve(event.persisted)));0');
    await page.go(new URL("elsewhere.html", url).href);
    must(await ask(page, "document.title"), "elsewhere");
    await page.back();
    must(await ask(page, "shown"), true);
    must(await heard(page, "connect"), [OFFLINE, "connect"]);
    await echoes(page);
  },
};

async function play(chromium, scene, transport) {
  const lab = await startLab(4);
  const door = await openDoor(lab.port);
  const site = await serve(out, door.port);
  const page = await chromium.page(`${site.url}/index.html?transport=${transport}&delay=${DELAY}`);
  try {
    must(await heard(page, "connect"), ["connect"]);
    await scene(page, door, transport);
  } finally {
    await page.close();
    site.stop();
    door.stop();
    lab.stop();
  }
}

build();
const chromium = await Chromium.open();
let failed = 0;
for (const [name, scene] of Object.entries(SCENES)) {
  for (const transport of ["polling", "websocket"]) {
    try {
      await play(chromium, scene, transport);
      console.log(`ok      ${name}, over ${transport}`);
    } catch (error) {
      failed++;
      console.log(`FAILED  ${name}, over ${transport}: ${error.message}`);
    }
  }
}
await chromium.close();
process.exit(failed ? 1 : 0);
