// The package packed as it is published, and installed into throw-away apps.

import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;

/** Runs a program to its end and returns what it has said. */
export function node(words, options = {}) {
  const [program, ...args] = words;
  return execFileSync(program, args, { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"], ...options });
}

/** Packs dist/ into an empty folder; returns the tarball. */
export function pack(work) {
  rmSync(work, { recursive: true, force: true });
  mkdirSync(work, { recursive: true });
  node(["npm", "pack", join(here, "..", "dist"), "--pack-destination", work]);
  return join(work, readdirSync(work).find((name) => name.endsWith(".tgz")));
}

/** An app's folder with the packed package in it. */
export function app(work, name, tarball) {
  const folder = join(work, name);
  mkdirSync(folder, { recursive: true });
  cpSync(join(here, "apps"), folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  node(["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--offline", tarball], { cwd: folder });
  return folder;
}
