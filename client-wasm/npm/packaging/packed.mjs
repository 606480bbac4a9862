// Packs the package and installs it into throw-away apps.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { requireDist } from "../scripts/built.mjs";

const here = import.meta.dirname;

/** Runs a program and returns its output. */
export function node(command, options = {}) {
  const [program, ...args] = command;
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** Packs dist/ into an empty folder. Returns the path of the tarball. */
export function pack(work) {
  requireDist();
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  node(["npm", "pack", join(here, "..", "dist"), "--pack-destination", work]);
  return join(work, readdirSync(work).find((name) => name.endsWith(".tgz")));
}

/** Creates the folder of an app with the packed package installed. Returns its path. */
export function app(work, name, tarball) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  cpSync(join(here, "apps"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  node(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--offline", tarball], { cwd: folder });
  return folder;
}
