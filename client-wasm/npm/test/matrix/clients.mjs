// The clients of the table. Each runs the conversation of one cell, and resolves or rejects.

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { buildSync } from "esbuild";

import { openBrowser } from "../../packaging/browser.mjs";
import { launch } from "../../packaging/programs.mjs";
import { serve } from "../../packaging/site.mjs";
import { MiniHost } from "../mini/host/host.mjs";
import { createProject } from "../mini/project.mjs";
import { converse } from "./app/conversation.js";
import { NATIVE, WEB } from "./programs.mjs";

const npm = join(import.meta.dirname, "../..");

/** Runs the conversation of a cell in a program, which writes `step NAME` and `cut`, and the reason of a failure as an error. */
const inProgram = (program, args, { begin, cut, signal }) =>
  new Promise((resolve, reject) => {
    const child = launch(program, args, { stderr: "pipe" });
    let text = "";
    child.stderr.on("data", (part) => (text += part));
    createInterface(child.stdout).on("line", (line) => (line === "cut" ? cut() : begin(line.replace("step ", ""))));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve() : reject(new Error(text.trim()))));
    signal.addEventListener("abort", () => child.kill());
  });

/**
 * The official client in Node, which checks that a server lacks what the table says. It has a process of its own, because some packets make it
 * throw where no caller can catch it.
 */
export const official = (major, cell) => {
  const { url, transports, steps } = cell;
  return inProgram(process.execPath, [join(import.meta.dirname, "official.mjs"), JSON.stringify({ major, url, transports, steps })], cell);
};

const native = () => ({
  title: "Rust, native",
  hasWebTransport: true,
  run(cell) {
    const { url, transports, steps, version, certificate } = cell;
    const given = Object.entries({ transports, steps, version, certificate }).filter(([, value]) => value);
    return inProgram(NATIVE, [url, ...given.map(([name, value]) => `--${name}=${value}`)], cell);
  },
  stop() {},
});

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
