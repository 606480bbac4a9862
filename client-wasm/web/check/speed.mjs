// Measures the crate beside the npm package in one page of Chromium, and the sizes of the examples: `cargo xtask speed web`, which builds
// all of them first. No figure fails the run.
//
// `node speed.mjs FOLDER [--clients fast,small,npm] [--rounds N] [--part P]`: FOLDER has builds of wasm-bindgen (`fast.js` with opt-level 3,
// `small.js` with opt-level "z"), and a folder for each example. `npm` is the npm package. P is the part of the events that is measured.

import { readFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";

import { build } from "../../npm/node_modules/esbuild/lib/main.js";
import { within } from "../../npm/packaging/limit.mjs";
import { NAMES } from "../../npm/speed/cases.mjs";
import { startServer } from "../../npm/speed/children.mjs";
import { Chromium } from "../../npm/speed/chromium.mjs";
import { median } from "../../npm/speed/groups.mjs";

const { values: options, positionals } = parseArgs({
  options: { clients: { type: "string", default: "fast,small,npm" }, rounds: { type: "string", default: "5" }, part: { type: "string", default: "1" } },
  allowPositionals: true,
});
const [folder] = positionals;
const CLIENTS = options.clients.split(",");
const LABELS = { fast: "crate, opt-level 3", small: 'crate, opt-level "z"', npm: "npm package" };
const EXAMPLES = { chat: "chat", leptos: "tidewire_leptos", yew: "tidewire_yew" };
const npm = join(import.meta.dirname, "../../npm");
/** Longer than one measurement takes on a busy machine, in milliseconds. */
const PATIENCE = 300_000;

/** Bundles the page; returns the file. */
async function bundle() {
  const outfile = join(folder, "speed.js");
  // Without the npm package, any client serves the bundler.
  const alias = { IO: CLIENTS.includes("npm") ? join(npm, "dist/index.mjs") : join(npm, "node_modules/socket.io-client") };
  await build({ entryPoints: [join(import.meta.dirname, "speed-page.js")], outfile, bundle: true, minify: true, format: "esm", alias, logLevel: "error" });
  return outfile;
}

/** Measures all clients in a page of its own; adds the times of the main thread for one event, in microseconds. */
async function round(chromium, script, number, samples) {
  const { page, busy, close } = await within("a page", chromium.open(script));
  // No client is always the first.
  const clients = CLIENTS.map((_, at) => CLIENTS[(at + number) % CLIENTS.length]);
  for (const client of clients) await within(`the connection of ${client}`, page.evaluate((client) => globalThis.begin(client), client));
  for (const way of ["receive", "send"]) {
    for (const name of NAMES) {
      for (const client of clients) {
        const args = [client, way, name, Number(options.part)];
        const run = () => within(`${client}: ${way} ${name}`, page.evaluate((args) => globalThis.run(...args), args), PATIENCE);
        // The compiler has optimized the code when it is measured.
        await run();
        const before = await busy();
        const count = await run();
        ((samples[`${way} ${name}`] ??= {})[client] ??= []).push(((await busy()) - before) * 1_000 / count);
      }
    }
  }
  await within("the end of a page", close());
}

const table = (head, rows) => [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const perSecond = (micros) => String(Math.round(1e6 / micros / 100) * 100).replace(/\B(?=(\d{3})+$)/g, ",");

/** The speed of each client, and how many times as fast as the npm package each build of the crate is. */
function speeds(samples) {
  const builds = CLIENTS.includes("npm") ? CLIENTS.filter((client) => client !== "npm") : [];
  const label = (client) => LABELS[client] || client;
  const head = ["events per second", ...CLIENTS.map(label), ...builds.map((client) => `${label(client)}: times as fast as npm`)];
  const rows = Object.entries(samples).map(([row, clients]) => {
    const micros = (client) => median(clients[client]);
    const ratios = builds.map((client) => `**${(micros("npm") / micros(client)).toFixed(2)}**`);
    return [row, ...CLIENTS.map((client) => perSecond(micros(client))), ...ratios];
  });
  return table(head, rows);
}

/** The bytes of each example: the wasm after wasm-opt, and the module that wasm-bindgen writes. */
function sizes() {
  const kb = (bytes) => (bytes / 1_000).toFixed(0);
  const rows = Object.entries(EXAMPLES).map(([name, file]) => {
    const wasm = readFileSync(join(folder, name, `${file}_bg.wasm`));
    const module = readFileSync(join(folder, name, `${file}.js`));
    return [name, kb(wasm.length), kb(gzipSync(wasm, { level: 9 }).length), kb(gzipSync(module, { level: 9 }).length)];
  });
  return table(["kB", "wasm", "wasm, gzip", "module of wasm-bindgen, gzip"], rows);
}

const script = await bundle();
const server = await within("the server", startServer(folder));
const chromium = await Chromium.start(server.url, folder);
const samples = {};
try {
  for (let number = 0; number < Number(options.rounds); number++) await round(chromium, script, number, samples);
  const [{ model }] = cpus();
  console.log(`${cpus().length} × ${model.trim()}, Chromium ${chromium.version}, socket.io 4.8.4; ${options.rounds} rounds in turn, medians. Processor time of the main thread.\n`);
  console.log(`${CLIENTS.includes("small") ? `${sizes()}\n\n` : ""}${speeds(samples)}`);
} finally {
  await within("the end of Chromium", chromium.close());
  server.stop();
}
