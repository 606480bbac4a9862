// Runs the tests of the named directories with Node's test runner: bundles each *.test.ts first. With `--lane-off`, the direct lane
// (src/lane.ts) is switched off.

import { spawnSync } from "node:child_process";
import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";

import { requireCore } from "./built.mjs";

const npm = join(import.meta.dirname, "..");
const out = join(npm, "build", "test");
const parts = process.argv.slice(2);
const isLaneOff = parts.includes("--lane-off");
const tests = readdirSync(join(npm, "test"), { recursive: true }).filter(
  (name) => name.endsWith(".test.ts") && parts.some((part) => name.startsWith(part)),
);

requireCore();
rmSync(out, { recursive: true, force: true });
buildSync({
  entryPoints: tests.map((name) => join(npm, "test", name)),
  outdir: out,
  outbase: join(npm, "test"),
  outExtension: { ".js": ".mjs" },
  bundle: true,
  inject: isLaneOff ? [join(npm, "test", "support", "lane-off.ts")] : [],
  loader: { ".wasm": "binary" },
  target: "node20",
  platform: "node",
  format: "esm",
  sourcemap: "inline",
  packages: "external",
  logLevel: "error",
});
const files = tests.map((name) => join(out, name.replace(/\.ts$/, ".mjs")));
// For a file, too: a test that hangs fails with its name.
const limit = "--test-timeout=600000";
const options = ["--enable-source-maps", "--test", limit, "--test-reporter=spec"];
const { status } = spawnSync(process.execPath, [...options, ...files], { stdio: "inherit", cwd: npm });
process.exitCode = status ?? 1;
