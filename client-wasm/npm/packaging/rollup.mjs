// Bundles by Rollup, minified for production.

import nodeResolve from "@rollup/plugin-node-resolve";
import * as esbuild from "esbuild";
import { rollup } from "rollup";

const minify = {
  name: "minify",
  renderChunk: (code) => esbuild.transform(code, { minify: true, define: { "process.env.NODE_ENV": '"production"' } }),
};

/** `alias` is the file of each import that has another name. */
export async function withRollup(input, output, alias = {}) {
  const resolve = { name: "alias", resolveId: (name) => alias[name] };
  const bundle = await rollup({ input, plugins: [resolve, nodeResolve({ browser: true }), minify] });
  await bundle.write(output);
}
