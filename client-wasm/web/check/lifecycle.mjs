// Pages that lose the network, are frozen, are in the back/forward cache, or are closed while they send.

import { createRequire } from "node:module";
import { join } from "node:path";

import { Chromium } from "../../npm/packaging/cdp.mjs";
import { DELAY, run, scenarios } from "../../npm/packaging/lifecycle-scenarios.mjs";
import { within } from "../../npm/packaging/limit.mjs";
import { attempt } from "./report.mjs";
import { end, start } from "./servers.mjs";
import { ask, close, open } from "./view.mjs";

const { io } = createRequire(join(import.meta.dirname, "../../npm/x.js"))("socket.io-client");

const LINES = { offline: "disconnect transport close", frozen: "disconnect transport close" };
const TRANSPORTS = ["polling", "websocket"];
/** The ack after which a page is closed. */
const ENOUGH = 500;

/** The scenarios of the npm package. */
export async function lifecycle(browser, site) {
  const chromium = await Chromium.open();
  try {
    for (const [name, scenario] of Object.entries(scenarios(LINES))) {
      for (const transport of TRANSPORTS) {
        const page = async (port) => {
          const query = `port=${port}&transport=${transport}&delay=${DELAY}`;
          return { page: await chromium.page(`${site.url}/lifecycle.html?${query}`), stop() {} };
        };
        await attempt(`lifecycle: ${name}, over ${transport}`, () => run(scenario, transport, page));
      }
    }
  } finally {
    await chromium.close();
  }
  for (const kind of ["socketio4", "testbed"]) {
    for (const transport of TRANSPORTS) {
      await attempt(`lifecycle: closed while it sends to ${kind} over ${transport}`, () => closed(browser, site, kind, transport));
    }
  }
}

/** The server gets events in order and without a gap, at least those that were acked, and hears at once that the page is gone. */
async function closed(browser, site, kind, transport) {
  const { port } = await start(new URLSearchParams({ kind }));
  const query = { room: "room", userId: "test" };
  const watcher = io(`http://127.0.0.1:${port}/lab`, { transports: ["websocket"], query });
  const said = [];
  try {
    watcher.on("said", (text) => said.push(Number.parseInt(text, 10)));
    await within("the watcher to join", watcher.emitWithAck("join", "room"));
    const acked = await closesWhileItSends(browser, site, port, transport);
    await within("the last event", lastSaid(watcher, said));
    const gap = said.findIndex((number, at) => number !== at);
    if (gap >= 0) throw new Error(`${said[gap]} came in place of ${gap}`);
    if (said.length <= acked) throw new Error(`${acked} was acked, and ${said.length} events came`);
  } finally {
    watcher.close();
    end(port);
  }
}

/** Opens a page that says numbers, and closes it after some of them. Returns the last that was acked. */
async function closesWhileItSends(browser, site, port, transport) {
  const view = await open(browser, site.url);
  let last = 0;
  try {
    const enough = new Promise((resolve, reject) => {
      view.on("pageerror", reject);
      const hear = (number) => {
        last = number;
        if (number >= ENOUGH) resolve();
      };
      // The page panics if it has no such function yet.
      const exposed = view.exposeFunction("acked", hear);
      exposed.then(() => say(view, site, port, transport)).catch(reject);
    });
    await within(`the ack of ${ENOUGH}`, enough);
  } finally {
    await close(view);
  }
  return last;
}

function say(view, site, port, transport) {
  const run = (args) => void check.say_numbers(...args, (number) => globalThis.acked(number));
  return ask(view, "the page to say numbers", run, [`${site.url}/lab`, `/servers/${port}/socket.io/`, transport]);
}

/** Resolves when no event comes any more: after the last, the watcher's own goes through the same server. */
async function lastSaid(watcher, said) {
  let before = -1;
  while (before !== said.length) {
    before = said.length;
    await watcher.emitWithAck("echo", 1);
  }
}
