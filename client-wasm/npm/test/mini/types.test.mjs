// The types and the sources for mini-programs compile with the vendors' own typings and the language of ES2017: a global of pages is an error.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import ts from "typescript";

const npm = join(import.meta.dirname, "..", "..");
const types = (...names) => join(npm, "test", "types", "mini", ...names);
const vendor = (...names) => join(import.meta.dirname, "vendor", "node_modules", ...names);
const folder = join(npm, "dist", "miniprogram");

/**
 * The typings of vendors that publish some on npm, by the name of their global object, with the globals that every mini-program has and they do not
 * declare. Baidu, QQ, Kuaishou and JD publish none.
 */
const VENDORS = {
  wx: { typings: vendor("miniprogram-api-typings", "index.d.ts"), lacks: [] },
  my: { typings: vendor("@mini-types", "alipay", "types", "index.d.ts"), lacks: ["setTimeout", "clearTimeout", "console"] },
  tt: { typings: vendor("@douyin-microapp", "typings", "index.d.ts"), lacks: ["clearTimeout"] },
  uni: { typings: vendor("@dcloudio", "types", "uni-app", "index.d.ts"), lacks: ["setTimeout", "clearTimeout", "console"] },
};

const OPTIONS = {
  target: ts.ScriptTarget.ES2017,
  lib: ["lib.es2017.d.ts"],
  types: [],
  module: ts.ModuleKind.CommonJS,
  moduleResolution: ts.ModuleResolutionKind.Node10,
  strict: true,
  noEmit: true,
  skipLibCheck: false,
  paths: { tidewire: [join(folder, "index.d.ts")] },
};

/** A compiler host with one more file. */
function hostWith(name, text) {
  const host = ts.createCompilerHost(OPTIONS);
  const { getSourceFile, fileExists } = host;
  host.getSourceFile = (file, ...rest) => (file === name ? ts.createSourceFile(name, text, OPTIONS.target) : getSourceFile.call(host, file, ...rest));
  host.fileExists = (file) => file === name || fileExists.call(host, file);
  return host;
}

/** Returns the declarations of hosts.d.ts of these names. */
const declarations = (names) =>
  readFileSync(types("hosts.d.ts"), "utf8")
    .split("\n")
    .filter((line) => names.includes(/^declare \w+ (\w+)/.exec(line)?.[1]))
    .join("\n");

/** Returns the errors in files of this package, as texts. Those within a vendor's typings are the vendor's. */
function errorsOf({ typings, lacks }, files, options = {}) {
  const rest = "/rest.d.ts";
  const program = ts.createProgram([typings, rest, ...files], { ...OPTIONS, ...options }, hostWith(rest, declarations(lacks)));
  const all = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()];
  for (const file of program.getSourceFiles()) {
    if (file.fileName.includes("node_modules")) continue;
    all.push(...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file));
  }
  return all.map(({ file, start, messageText, code }) => {
    const at = file ? `${file.fileName.slice(npm.length)}:${file.getLineAndCharacterOfPosition(start).line + 1}: ` : "";
    return `${at}${ts.flattenDiagnosticMessageText(messageText, " ")} (${code})`;
  });
}

const sources = ["mini", "miniprogram", "envelope", "peers", "echo"].map((name) => join(npm, "src", "entry", `${name}.ts`));
const MODERN = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, noUncheckedIndexedAccess: true, paths: {} };

for (const [name, known] of Object.entries(VENDORS)) {
  test(`an application compiles with the types of the package and the typings of ${name}`, () => {
    assert.deepEqual(errorsOf(known, [types("apps", "app.ts"), types("apps", `${name}.ts`)]), []);
  });

  test(`the sources compile with the typings of ${name}`, () => {
    assert.deepEqual(errorsOf(known, [types("others.d.ts"), ...sources], MODERN), []);
  });
}

test("a global of pages is a compile error in the sources", () => {
  const absent =
    "window document navigator localStorage fetch XMLHttpRequest URL URLSearchParams TextEncoder atob btoa crypto self Event WebAssembly";
  const guarded = "performance.now location.host queueMicrotask() addEventListener.length TextDecoder.length";
  const uses = [...absent.split(" "), ...guarded.split(" ")];
  const source = uses.map((use, at) => `export const value${at} = ${use};`).join("\n");
  const program = ts.createProgram([types("hosts.d.ts"), types("others.d.ts"), "/uses.ts"], OPTIONS, hostWith("/uses.ts", source));
  const file = program.getSourceFile("/uses.ts");
  const lines = program.getSemanticDiagnostics(file).map(({ start }) => file.getLineAndCharacterOfPosition(start).line);
  assert.deepEqual(
    [...new Set(lines)].map((line) => uses[line]),
    uses,
  );
});

test("the bundles have no globals but the language's, the timers and the hosts", () => {
  const UNKNOWN_NAME = [2304, 2552, 2580, 2581, 2582, 2583, 2584, 2591, 2592, 2593, 2868];
  const files = ["index.js", "twin.js", "envelope.js", "peers.js", "echo.js"].map((name) => join(folder, name));
  const program = ts.createProgram([types("hosts.d.ts"), ...files], { ...OPTIONS, allowJs: true, checkJs: true, strict: false });
  const found = new Set();
  for (const file of files.map((name) => program.getSourceFile(name)))
    for (const { code, start, length } of program.getSemanticDiagnostics(file))
      if (UNKNOWN_NAME.includes(code)) found.add(file.text.substr(start, length));
  const hosts = ["my", "tt", "swan", "qq", "ks", "jd", "wx", "WXWebAssembly", "TTWebAssembly", "getCurrentPages", "require", "module", "exports"];
  // The language has it since ES2021: session.ts tests by `typeof` whether the host has it, too.
  const later = ["FinalizationRegistry"];
  assert.deepEqual([...found].sort(), [...found].filter((name) => hosts.concat(later).includes(name)).sort());
  assert.ok(found.has("wx"), "the check finds names");
  assert.doesNotMatch(readFileSync(files[0], "utf8"), /\beval\(|\bFunction\(/);
});
