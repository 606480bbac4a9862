// Builds the files of build/ from the compiled wasm: the core as MVP wasm, the inlined core, the core as JavaScript (twin.js), and their
// provenance. Called by `cargo xtask npm`, which passes the compiler and the commit.

import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { minify } from "terser";

import { checkMvp, run, withDirectory } from "./binaryen.mjs";
import { hashOfSources } from "./built.mjs";
import { pack } from "./pack.mjs";

const [compiled, compiler, commit] = process.argv.slice(2);
const npm = join(import.meta.dirname, "..");
const built = (name) => join(npm, "build", name);

/** Features beyond MVP that the compiler may use; `--all-features` would allow features that cannot be lowered. */
const USED = ["bulk-memory", "bulk-memory-opt", "sign-ext", "mutable-globals", "nontrapping-float-to-int", "multivalue", "reference-types"].map(
  (feature) => `--enable-${feature}`,
);
const LOWERING = ["--signext-lowering", "--llvm-memory-copy-fill-lowering", "--llvm-nontrapping-fptoint-lowering", "--strip-target-features"];
/**
 * Passes beside `-Oz` that save a fortieth after gzip: new control flow; offsets inside the load and store instructions (none of our addresses is
 * so low that it could wrap: the end of the stack is there); functions ordered by module.
 */
const SMALLER = [
  ...["--flatten", "--rereloop", "-Oz", "-Oz"],
  ...["--low-memory-unused", "--simplify-globals-optimizing", "--optimize-added-constants-propagate"],
  "--reorder-functions-by-name",
];
const STRIPPING = ["--strip-debug", "--strip-producers", "--strip-target-features"];

/** All exports. The globals that the linker exports are removed, because iOS rejects them. */
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

/** Checks that the core exports only a function and a memory, and imports nothing. */
function checkInterface(bytes) {
  const module = new WebAssembly.Module(bytes);
  const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => `${kind} ${name}`);
  const imports = WebAssembly.Module.imports(module);
  if (imports.length || exports.sort().join() !== "function call,memory memory") {
    throw new Error(`unexpected interface of the core: exports ${exports}; imports ${JSON.stringify(imports)}`);
  }
}

/** Compiles the module that unpacks the core. Returns its bytes in hexadecimal. */
function unpacker() {
  return withDirectory((within) => {
    run("wasm-as", join(npm, "src", "machine", "unpack.wat"), "-o", within("unpack.wasm"));
    run("wasm-opt", "--mvp-features", "-Oz", "-Oz", ...STRIPPING, within("unpack.wasm"), "-o", within("small.wasm"));
    return readFileSync(within("small.wasm")).toString("hex");
  });
}

async function twin(core) {
  const code = run("wasm2js", core, "-Oz");
  const options = { module: true, compress: { passes: 3 }, format: { comments: false } };
  return (await minify(code, options)).code;
}

function provenance(bytes) {
  const { version } = JSON.parse(readFileSync(join(npm, "package.json"), "utf8"));
  return { version, commit, compiler, sha256: createHash("sha256").update(bytes).digest("hex"), sources: hashOfSources() };
}

mkdirSync(built(""), { recursive: true });
lower(compiled, built("core.wasm"));
checkMvp(built("core.wasm"));
const bytes = readFileSync(built("core.wasm"));
checkInterface(bytes);
const packed = JSON.stringify(pack(bytes), null, 2);
writeFileSync(
  built("core.ts"),
  `/** build/core.wasm as texts, see scripts/pack.mjs. */
export const CORE: [number, ...string[]] = ${packed};

/** src/machine/unpack.wat in hexadecimal. */
export const UNPACKER = "${unpacker()}";
`,
);
writeFileSync(built("twin.js"), await twin(built("core.wasm")));
writeFileSync(built("twin.d.ts"), "export {};\n");
writeFileSync(built("provenance.json"), JSON.stringify(provenance(bytes), null, 2) + "\n");
