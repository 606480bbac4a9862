// Builds the site, then runs its tests with Node's test runner: those of test/unit, bundled first, and those of test/browser, in Chromium.
// `node scripts/test.mjs <part>` runs the files whose name has that part.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSync } from "esbuild";

const here = join(import.meta.dirname, "..");
const [part = ""] = process.argv.slice(2);
const named = (folder, end) => readdirSync(join(here, "test", folder)).filter((name) => name.endsWith(end) && name.includes(part));
const out = mkdtempSync(join(tmpdir(), "tidewire-site-"));

try {
  process.exitCode =
    run([join(here, "scripts/build.mjs"), join(out, "site")]) ||
    run(["--test", "--test-concurrency=3", "--test-reporter=spec", ...unit(), ...browser()]);
} finally {
  rmSync(out, { recursive: true, force: true });
}

function unit() {
  const names = named("unit", ".test.ts");
  buildSync({
    entryPoints: names.map((name) => join(here, "test/unit", name)),
    outdir: join(out, "unit"),
    outExtension: { ".js": ".mjs" },
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    sourcemap: "inline",
    logLevel: "error",
  });
  return names.map((name) => join(out, "unit", name.replace(/\.ts$/, ".mjs")));
}

function browser() {
  return named("browser", ".test.mjs").map((name) => join(here, "test/browser", name));
}

function run(args) {
  return (
    spawnSync(process.execPath, args, {
      stdio: "inherit",
      env: { ...process.env, TIDEWIRE_SITE: join(out, "site"), TIDEWIRE_ROOT: join(here, "..") },
    }).status ?? 1
  );
}
