// Makes of the wasm that the compiler wrote what the package carries, in build/: the core in MVP wasm, the same inlined, its
// JavaScript twin, and where all of it comes from. Called by `cargo xtask npm`, which knows the compiler and the commit.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { minify } from "terser";

import { checkMvp, run, withDirectory } from "./binaryen.mjs";
import { textOf } from "./text.mjs";

const [compiled, compiler, commit] = process.argv.slice(2);
const npm = join(import.meta.dirname, "..");
const built = (name) => join(npm, "build", name);

/** What the compiler uses beyond MVP, and may; `--all-features` would ask for what the lowering cannot do. */
const USED = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "multivalue", "reference-types"].map(
  (feature) => `--enable-${feature}`,
);
const LOWERING = ["--signext-lowering", "--llvm-memory-copy-fill-lowering", "--llvm-nontrapping-fptoint-lowering", "--strip-target-features"];
/**
 * Beside `-Oz` what makes it a fortieth smaller after gzip: control flow made anew; offsets within the instructions that load and store (no
 * address of ours is so low that it could wrap: the stack's end is there); functions of one module beside each other.
 */
const SMALLER = [
  ...["--flatten", "--rereloop", "-Oz", "-Oz"],
  ...["--low-memory-unused", "--simplify-globals-optimizing", "--optimize-added-constants-propagate"],
  "--reorder-functions-by-name",
];
const STRIPPING = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** All that may be reached from outside: globals that the linker exports may not, for iOS refuses them. */
const GRAPH = [
  { name: "outside", root: true, reaches: ["call", "memory"] },
  { name: "call", export: "call" },
  { name: "memory", export: "memory" },
];

function lower(from, to) {
  withDirectory((within) => {
    run("wasm-opt", "-g", ...USED, ...LOWERING, from, "-o", within("lowered.wasm"));
    writeFileSync(within("graph.json"), JSON.stringify(GRAPH));
    run("wasm-metadce", "-g", ...USED, `--graph-file=${within("graph.json")}`, within("lowered.wasm"), "-o", within("reached.wasm"));
    run("wasm-opt", "--mvp-features", ...SMALLER, ...STRIPPING, within("reached.wasm"), "-o", to);
  });
}

/** Only functions and one memory, and nothing that must be brought. */
function checkInterface(bytes) {
  const module = new WebAssembly.Module(bytes);
  const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length || exports.sort().join() !== "function call,memory memory") {
    throw new Error(`the interface of the core is not what it should be: ${exports}; imports ${JSON.stringify(imports)}`);
  }
}

async function twin(core) {
  const code = run("wasm2js", core, "-Oz");
  const options = { module: true, compress: { passes: 3 }, format: { comments: false } };
  return (await minify(code, options)).code;
}

function provenance(bytes) {
  const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  return { version, commit, compiler, sha256: createHash("sha256").update(bytes).digest("hex") };
}

mkdirSync(built(""), { recursive: true });
lower(compiled, built("core.wasm"));
checkMvp(built("core.wasm"));
const bytes = readFileSync(built("core.wasm"));
checkInterface(bytes);
writeFileSync(built("core.ts"), `/** build/core.wasm as a text, see scripts/text.mjs. */\nexport const CORE =\n  "${textOf(bytes)}";\n`);
writeFileSync(built("twin.js"), await twin(built("core.wasm")));
writeFileSync(built("twin.d.ts"), "export {};\n");
writeFileSync(built("provenance.json"), JSON.stringify(provenance(bytes), null, 2) + "\n");
