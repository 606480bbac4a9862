// The code package of a mini-program with the packed tidewire, as the vendor's own builder makes it: `packNpm` of miniprogram-ci, which is "build
// npm" of WeChat's developer tools.

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { buildSync } from "esbuild";

const npm = join(import.meta.dirname, "..", "..");
const vendor = createRequire(join(import.meta.dirname, "vendor", "package.json"));

/** The folder of the built package; its name changes with the files of dist/. */
const built = () => join(npm, "build", `mini-${fingerprint(join(npm, "dist"))}`);

/** Returns a text that changes with the files of a folder. */
function fingerprint(folder) {
  const hash = createHash("sha1");
  for (const name of readdirSync(folder, { recursive: true }).sort()) {
    const { size, mtimeMs } = statSync(join(folder, name));
    hash.update(`${name} ${size} ${mtimeMs}\n`);
  }
  return hash.digest("hex").slice(0, 12);
}

/** Packs dist/, installs it into an empty project and builds that, unless this version of it is built already. Returns the builder's warnings. */
export async function buildPackage() {
  const result = built();
  if (existsSync(result)) return JSON.parse(readFileSync(join(result, "warnings.json"), "utf8"));
  const work = mkdtempSync(join(tmpdir(), "tidewire-mini-"));
  try {
    execFileSync("npm", ["pack", "--silent", join(npm, "dist"), "--pack-destination", work], { stdio: ["ignore", "ignore", "inherit"] });
    execFileSync("tar", ["-xzf", readdirSync(work).find((name) => name.endsWith(".tgz"))], { cwd: work });
    const warnings = await packNpm(work, "package");
    writeFileSync(join(work, "project", "warnings.json"), JSON.stringify(warnings));
    keep(join(work, "project"), result);
    return warnings;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** Puts a folder into build/, and removes what was built of earlier versions. Another test file may do the same now. */
function keep(folder, result) {
  const folders = readdirSync(join(npm, "build")).filter((name) => /^mini-\w+$/.test(name));
  for (const name of folders) if (join(npm, "build", name) !== result) rmSync(join(npm, "build", name), { recursive: true, force: true });
  const copy = `${result}.${process.pid}`;
  cpSync(folder, copy, { recursive: true });
  try {
    renameSync(copy, result);
  } catch (error) {
    rmSync(copy, { recursive: true });
    if (!existsSync(result)) throw error;
  }
}

/** Builds the package in the folder `name` of `work`, as the only dependency of a project. */
async function packNpm(work, name) {
  const project = join(work, "project");
  const manifest = JSON.parse(readFileSync(join(work, name, "package.json"), "utf8"));
  mkdirSync(join(project, "node_modules"), { recursive: true });
  cpSync(join(work, name), join(project, "node_modules", manifest.name), { recursive: true });
  const write = (file, value) => writeFileSync(join(project, file), JSON.stringify(value));
  write("package.json", { dependencies: { [manifest.name]: manifest.version } });
  write("project.config.json", { appid: "touristappid", compileType: "miniprogram", setting: {} });
  write("app.json", { pages: ["pages/index/index"] });
  const ci = quietly(() => vendor("miniprogram-ci"));
  const settings = { appid: "touristappid", type: "miniProgram", projectPath: project, privateKey: "none", ignores: ["node_modules/**/*"] };
  const warnings = await ci.packNpm(new ci.Project(settings), { reporter() {} });
  rmSync(join(project, "node_modules"), { recursive: true });
  return warnings;
}

/** The builder writes a line to the console when it is loaded. */
function quietly(run) {
  const { log } = console;
  console.log = () => {};
  try {
    return run();
  } finally {
    console.log = log;
  }
}

/** Compiles the modules of an application, each file for itself, as the tools do. */
function compile(source, root) {
  const entryPoints = readdirSync(source, { recursive: true })
    .filter((name) => name.endsWith(".js") && !/node_modules|miniprogram_npm/.test(name))
    .map((name) => join(source, name));
  buildSync({ entryPoints, outbase: source, outdir: root, format: "cjs", target: "es2015", logLevel: "error" });
}

/** Returns a folder with the built package and the application in the folder `app`, which may change it. */
export async function createProject(app = join(import.meta.dirname, "app")) {
  await buildPackage();
  const root = mkdtempSync(join(tmpdir(), "tidewire-mini-"));
  cpSync(built(), root, { recursive: true });
  compile(app, root);
  return { root, remove: () => rmSync(root, { recursive: true }) };
}
