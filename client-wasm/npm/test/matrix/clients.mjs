// The clients of the table. Each runs the conversation of one cell, and resolves or rejects.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { buildSync } from "esbuild";

import { openBrowser } from "../../packaging/browser.mjs";
import { serve } from "../../packaging/site.mjs";
import { MiniHost } from "../mini/host/host.mjs";
import { createProject } from "../mini/project.mjs";
import { converse } from "./app/conversation.js";
import { launch, NATIVE, PEERS, WEB } from "./programs.mjs";

const npm = join(import.meta.dirname, "../..");

/** The official client in Node, which checks that a server lacks what the table says. */
export async function official(major, { version, ...cell }) {
  const io = createRequire(join(PEERS, "x.js"))(`socket.io-client-${major}`);
  await converse({ io: io.io || io }, cell);
}

function native() {
  return {
    title: "Rust, native",
    hasWebTransport: true,
    run: (cell) =>
      new Promise((resolve, reject) => {
        const { url, transports, steps, version, certificate } = cell;
        const given = Object.entries({ transports, steps, version, certificate }).filter(([, value]) => value);
        const child = launch(NATIVE, [url, ...given.map(([name, value]) => `--${name}=${value}`)], {}, "pipe");
        let text = "";
        child.stderr.on("data", (part) => (text += part));
        createInterface(child.stdout).on("line", (line) => (line === "cut" ? cell.cut() : cell.begin(line.replace("step ", ""))));
        child.on("error", reject);
        child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(text.trim()))));
        cell.signal.addEventListener("abort", () => child.kill());
      }),
    stop() {},
  };
}

async function node() {
  const tidewire = await import(join(npm, "dist/node.mjs"));
  return { title: `npm, Node ${process.versions.node}`, run: (cell) => converse(tidewire, cell), stop() {} };
}

/** The browser that both clients for pages share. */
let browser;
const browserVersion = async () => {
  browser ??= openBrowser();
  return (await browser).version();
};

/** A client in a page: `index.html` in the folder `root`, which has a function `converse`. */
const pageClient = async (name, root) => ({
  title: `${name}, Chromium ${await browserVersion()}`,
  hasWebTransport: true,
  serve: (server) => serve(root, new URL(server).port),
  run: inPage,
  stop: stopBrowser,
});

async function inPage({ url, begin, cut, transports, steps, version, certificate }) {
  const view = await (await browser).newPage();
  try {
    await view.exposeFunction("begin", begin);
    await view.exposeFunction("cut", cut);
    await view.goto(`${url}/index.html`);
    await view.waitForFunction(() => globalThis.converse);
    const talk = { transports, steps, version, certificate };
    const why = await view.evaluate((talk) => globalThis.converse(talk).then(() => "", String), talk);
    if (why) throw new Error(why);
  } finally {
    await view.close();
  }
}

const stopBrowser = async () => {
  const open = browser;
  browser = undefined;
  await (await open)?.close();
};

const PAGE = (script) => `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,">${script}`;

async function chromium() {
  const root = join(npm, "build/matrix");
  rmSync(root, { recursive: true, force: true });
  mkdirSync(root, { recursive: true });
  buildSync({
    entryPoints: [join(import.meta.dirname, "page.js")],
    bundle: true,
    outfile: join(root, "bundle.js"),
    alias: { tidewire: join(npm, "dist/index.mjs") },
    logLevel: "error",
  });
  writeFileSync(join(root, "index.html"), PAGE('<script src="bundle.js"></script>'));
  return pageClient("npm", root);
}

async function web() {
  const script = `<script type="module">
    import init, * as check from "/check.js";
    await init();
    globalThis.onPanic = (text) => console.error(text);
    globalThis.converse = ({ transports, steps, version, certificate }) =>
      check.converse(location.origin, transports.join(), steps.join(), version, certificate);
  </script>`;
  writeFileSync(join(WEB, "index.html"), PAGE(script));
  return pageClient("Rust", WEB);
}

async function mini() {
  const project = await createProject(join(import.meta.dirname, "app"));
  return {
    title: "npm, mini-program (imitated WeChat)",
    async run(cell) {
      const host = new MiniHost("wechat-android", project.root);
      try {
        await host.require("./conversation.js").converse(host.require("tidewire"), cell);
      } finally {
        host.stop();
      }
    },
    stop: () => project.remove(),
  };
}

export const CLIENTS = { native, node, chromium, mini, web };
