// The apps of `tidewire/lazy`: bundlers must split the core off, and a bundle in one file must work, too.

import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { gzipSync } from "node:zlib";

import * as esbuild from "esbuild";
import { build as viteBuild } from "vite";
import webpack from "webpack";

import { withRollup } from "./rollup.mjs";

/** The app without the core is smaller than socket.io-client alone: bytes after gzip. */
const MOST = 12_900;

/** A piece of the text that holds the core, as every minifier leaves it. */
const [, CORE] = /"(.{40})/.exec(readFileSync(join(import.meta.dirname, "../build/core.ts"), "utf8"));

const SCRIPT = '<script type="module" src="bundle.js"></script>';

const size = (texts) => gzipSync(texts.join("\n"), { level: 9 }).length;

/** Checks that one script alone has the core, that no other imports it statically, and that the others are small. */
function checkSplit(name, out) {
  const files = readdirSync(out, { recursive: true }).filter((file) => /\.m?js$/.test(file));
  const texts = new Map(files.map((file) => [file, readFileSync(join(out, file), "utf8")]));
  const [core, ...more] = files.filter((file) => texts.get(file).includes(CORE));
  if (!core || more.length) throw new Error(`the core is not in one script of ${files}, but in ${[core, ...more]}`);
  const first = [...texts].filter(([file]) => file !== core).map(([, text]) => text);
  const isStatic = new RegExp(`(from|import)\\s*["'][^"']*${basename(core)}["']`);
  if (readFileSync(join(out, "index.html"), "utf8").includes(basename(core)) || first.some((text) => isStatic.test(text))) {
    throw new Error(`the page loads ${core} at once`);
  }
  const [bytes, later] = [size(first), size([texts.get(core)])];
  console.log(`        ${name}: ${bytes} bytes of gzip at first, ${later} later`);
  if (bytes > MOST) throw new Error(`the first scripts have ${bytes} bytes after gzip, more than ${MOST}`);
}

const withWebpack = (config) =>
  new Promise((resolve, reject) => {
    webpack({ mode: "production", ...config }, (error, stats) => (error || stats.hasErrors() ? reject(error || new Error(stats.toString())) : resolve()));
  });

const SPLIT = {
  esbuild: (entry, outdir) =>
    esbuild.build({ entryPoints: { bundle: entry }, bundle: true, minify: true, splitting: true, format: "esm", outdir, logLevel: "error" }),
  Rollup: (entry, dir) => withRollup({ bundle: entry }, { dir, format: "es", entryFileNames: "[name].js" }),
  "webpack 5": (entry, path) => withWebpack({ entry, output: { path, filename: "bundle.js" } }),
};

const ONE_FILE = {
  esbuild: (entry, out) => esbuild.build({ entryPoints: [entry], bundle: true, minify: true, outfile: join(out, "bundle.js"), logLevel: "error" }),
  Rollup: (entry, out) => withRollup(entry, { file: join(out, "bundle.js"), format: "iife", inlineDynamicImports: true }),
};

/** Returns the apps, with the tools of check.mjs. */
export function lazyApps({ page, visitFolder }) {
  const named = (prefix, makers, check) =>
    Object.fromEntries(
      Object.entries(makers).map(([name, make]) => [
        `${prefix} by ${name}`,
        async (folder) => {
          const out = join(folder, "out");
          mkdirSync(out, { recursive: true });
          await make(join(folder, "main-lazy.js"), out);
          page(out, "index.html", SCRIPT);
          check(name, out);
          return visitFolder(out);
        },
      ]),
    );
  return {
    ...named("./lazy, split", SPLIT, checkSplit),
    ...named("./lazy, one file", ONE_FILE, () => {}),
    "./lazy, split by Vite": async (folder) => {
      page(folder, "index.html", '<script type="module" src="/main-lazy.js"></script>');
      await viteBuild({ root: folder, logLevel: "error", build: { outDir: "out" } });
      checkSplit("Vite", join(folder, "out"));
      return visitFolder(join(folder, "out"));
    },
    "page, ./lazy": (folder) => {
      const map = JSON.stringify({ imports: { "tidewire/lazy": "/node_modules/tidewire/lazy.mjs" } });
      page(folder, "index.html", `<script type="importmap">${map}</script><script type="module" src="/main-lazy.js"></script>`);
      return visitFolder(folder);
    },
  };
}
