// The code package of a mini-program with the packed tidewire, as "build npm" of the tools makes it.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSync } from "esbuild";

const npm = join(import.meta.dirname, "..", "..");

/** Compiles the modules of an application, each file for itself, as the tools do. */
function compile(source, root) {
  const entryPoints = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith(".js") && !/node_modules|miniprogram_npm/.test(name))
    .map((name) => join(source, name));
  buildSync({ entryPoints, outbase: source, outdir: root, format: "cjs", target: "es2015", logLevel: "error" });
}

/** Packs dist/ and builds the project of the code in `app`. The tools copy the folder that the field `miniprogram` names, as it is. */
export function createProject(app = join(import.meta.dirname, "app")) {
  const work = mkdtempSync(join(tmpdir(), "tidewire-mini-"));
  execFileSync("npm", ["pack", "--silent", join(npm, "dist"), "--pack-destination", work], { stdio: ["ignore", "ignore", "inherit"] });
  execFileSync("tar", ["-xzf", readdirSync(work).find((name) => name.endsWith(".tgz"))], { cwd: work });
  const { name, miniprogram } = JSON.parse(readFileSync(join(work, "package", "package.json"), "utf8"));
  const root = join(work, "project");
  mkdirSync(join(root, "miniprogram_npm"), { recursive: true });
  cpSync(join(work, "package", miniprogram), join(root, "miniprogram_npm", name), { recursive: true });
  compile(app, root);
  return { root, remove: () => rmSync(work, { recursive: true }) };
}
