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
const TRANSPORTS = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };

/** The argument of the conversation in JavaScript. */
const cellFor = ({ url, transport, steps, version, begin, cut }) => ({
  url,
  transports: TRANSPORTS[transport],
  steps,
  options: version ? { engineVersion: version } : {},
  begin,
  cut,
});

/** The official client in Node, which checks that a server lacks what the table says. */
export async function official(major, cell) {
  const io = createRequire(join(PEERS, "x.js"))(`socket.io-client-${major}`);
  await converse(io.io || io, { ...cellFor({ ...cell, version: undefined }), options: {} });
}

function native() {
  return {
    title: "Rust, native",
    run: (cell) =>
      new Promise((resolve, reject) => {
        const version = cell.version ? ["--version", cell.version] : [];
        const child = launch(NATIVE, [cell.url, "--transport", cell.transport, "--steps", String(cell.steps), ...version], {}, "pipe");
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
  const { io } = await import(join(npm, "dist/node.mjs"));
  return { title: `npm, Node ${process.versions.node}`, run: (cell) => converse(io, cellFor(cell)), stop() {} };
}

/** The browser that both clients for pages share. */
let browser;
const browserVersion = async () => {
  browser ??= openBrowser();
  return (await browser).version();
};

/** Runs the conversation of the page `index.html` in `root`, which has a function `converse`. */
async function inPage(root, cell) {
  const site = await serve(root, new URL(cell.url).port);
  const view = await (await browser).newPage();
  try {
    await view.exposeFunction("begin", cell.begin);
    await view.exposeFunction("cut", cell.cut);
    await view.goto(`${site.url}/index.html`);
    await view.waitForFunction(() => globalThis.converse);
    const { transport, steps, version } = cell;
    const why = await view.evaluate((args) => globalThis.converse(...args).then(() => "", String), [TRANSPORTS[transport], steps, version]);
    if (why) throw new Error(why);
  } finally {
    await view.close();
    site.stop();
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
  return { title: `npm, Chromium ${await browserVersion()}`, run: (cell) => inPage(root, cell), stop: stopBrowser };
}

async function web() {
  const script = `<script type="module">
    import init, * as check from "/check.js";
    await init();
    globalThis.onPanic = (text) => console.error(text);
    globalThis.converse = (transports, steps, version) => check.converse(location.origin, transports.join(), steps.join(), version || "");
  </script>`;
  writeFileSync(join(WEB, "index.html"), PAGE(script));
  return { title: `Rust, Chromium ${await browserVersion()}`, run: (cell) => inPage(WEB, cell), stop: stopBrowser };
}

async function mini() {
  const project = await createProject(join(import.meta.dirname, "app"));
  return {
    title: "npm, mini-program (imitated WeChat)",
    async run(cell) {
      const host = new MiniHost("wechat-android", project.root);
      try {
        await host.require("./conversation.js").converse(host.require("tidewire").io, cellFor(cell));
      } finally {
        host.stop();
      }
    },
    stop: () => project.remove(),
  };
}

export const CLIENTS = { native, node, chromium, mini, web };
