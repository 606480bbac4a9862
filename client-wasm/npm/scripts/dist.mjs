// Builds dist/, the package as it is published, from the sources and from build/ (`cargo xtask npm`): `node scripts/dist.mjs`.

import { spawnSync } from "node:child_process";
import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { buildSync } from "esbuild";
import { minify } from "terser";

import { requireCore } from "./built.mjs";
import { copyDocuments } from "./documents.mjs";
import { mangled } from "./mangle.mjs";

const npm = join(import.meta.dirname, "..");
const repository = join(npm, "..", "..");
const from = (...names) => join(npm, ...names);
const to = (...names) => join(npm, "dist", ...names);

/** `require` returns the function `io` with the other exports as properties, like socket.io-client. */
const CALLABLE = "module.exports = Object.assign(module.exports.io, module.exports);";

function bundle(entry, file, options) {
  const { metafile } = buildSync({
    metafile: true,
    entryPoints: [from("src", "entry", `${entry}.ts`)],
    outfile: to(file),
    bundle: true,
    charset: "utf8",
    loader: { ".wasm": "binary" },
    target: "es2017",
    logLevel: "warning",
    // The bundler of the application decides whether it contains the warnings for developers (src/development.ts).
    define: { "process.env.NODE_ENV": "process.env.NODE_ENV" },
    ...mangled(),
    ...options,
  });
  // docs/licenses.md says so.
  const foreign = Object.keys(metafile.inputs).find((name) => name.includes("node_modules"));
  if (foreign) throw new Error(`${file} would contain a file of another package: ${foreign}`);
}

/** Bundles an entry as ESM and as CommonJS. Builders of mini-programs and old bundlers only read `main`, and only old syntax in it. */
function modules(entry, file, options = {}, commonjs = file) {
  bundle(entry, `${file}.mjs`, { format: "esm", ...options });
  // `import.meta` is empty in CommonJS, where `__filename` exists.
  bundle(entry, `${commonjs}.js`, { format: "cjs", footer: { js: CALLABLE }, logOverride: { "empty-import-meta": "silent" }, ...options });
}

/**
 * Bundles `./lazy`: `lazy.mjs`, the core that it imports later, and a file for both. Bundlers of applications split off the core; one that does
 * not puts all into one file. In CommonJS everything is in one file.
 */
function lazy() {
  const supported = { "dynamic-import": true };
  const entryPoints = [{ in: from("src", "entry", "lazy.ts"), out: "lazy" }];
  const outputs = { entryPoints, outfile: undefined, outdir: to(), outExtension: { ".js": ".mjs" }, chunkNames: "[name]-[hash]" };
  bundle("lazy", "", { format: "esm", splitting: true, supported, ...outputs });
  bundle("lazy", "lazy-web.js", { format: "cjs", footer: { js: CALLABLE } });
}

/** Returns a file that exports the function `io` as its default, too. By `names`, which does nothing, Node and others find its names. */
const exported = (code, names) => `${code}
module.exports.default = module.exports.io;
${names}
`;

/**
 * Writes a file for resolvers that do not read `exports`: it is the one for Node in Node, else the one for pages. Bundlers and builders of
 * mini-programs only see the latter.
 */
function choice(file, web, node) {
  const [names] = /^0 && \(module\.exports = \{[^}]*\}\);/m.exec(readFileSync(to(node), "utf8"));
  writeFileSync(
    to(file),
    exported(
      `var load = "req" + "uire";
var inNode = typeof process === "object" && process.versions && process.versions.node && typeof document === "undefined" && module[load];
module.exports = inNode ? module[load]("./${node}") : require("./${web}");`,
      names,
    ),
  );
}

/** Bundles an entry that is equal for all platforms and does not contain the client. */
function apart(name) {
  bundle(name, `${name}.mjs`, { format: "esm" });
  bundle(name, `${name}.js`, { format: "cjs" });
}

/** Bundles a file for `<script>`, where it defines the global `io`, and for AMD loaders. */
function universal(file, options) {
  const define = { "process.env.NODE_ENV": options.minify ? '"production"' : '"development"' };
  bundle("index", file, { format: "cjs", target: "es2015", define, ...options, write: true });
  const body = readFileSync(to(file), "utf8");
  const head = "(function(r,f){typeof exports==='object'&&typeof module!=='undefined'?module.exports=f():typeof define==='function'&&define.amd?define(f):r.io=f()})";
  const rest = "(typeof globalThis!=='undefined'?globalThis:typeof self!=='undefined'?self:this,function(){var module={exports:{}};var exports=module.exports;";
  writeFileSync(to(file), `${head}${rest}\n${body}\n${CALLABLE}\nreturn module.exports});\n`);
}

/** Globals that some host has and no mini-program needs: the code that uses them falls away (test/types/mini/others.d.ts declares them). */
const NOT_IN_MINI = "performance location queueMicrotask addEventListener removeEventListener TextDecoder Blob FileReader Buffer".split(" ");

/** The entries of the folder beside the client. */
const MINI_APART = ["envelope", "peers", "echo"];

/**
 * Builds `./mini` for bundlers, and the folder that the tools of mini-programs copy as it is. It has old syntax alone, because those tools read it
 * with an old parser, and is minified, because they may not.
 */
async function mini() {
  const absent = Object.fromEntries(NOT_IN_MINI.map((name) => [name, "undefined"]));
  const options = { target: "es2015", define: { "process.env.NODE_ENV": '"production"', ...absent } };
  const twin = { entryPoints: [from("build", "twin.js")], format: "cjs", minify: true, target: "es2015" };
  const folder = (name) => join("miniprogram", name);
  bundle("mini", "mini.mjs", { format: "esm", ...options });
  bundle("miniprogram", folder("index.js"), { format: "cjs", minify: true, external: ["./twin.js"], footer: { js: CALLABLE }, ...options });
  await shrink(to(folder("index.js")));
  buildSync({ ...twin, outfile: to(folder("twin.js")) });
  // `require("tidewire/peers")`: the tools find further files of the folder by their paths.
  for (const name of MINI_APART) bundle(name, folder(`${name}.js`), { format: "cjs", minify: true, ...options });
  copyFileSync(from("build", "core.wasm"), to(folder("core.wasm")));
  declare("tsconfig.mini.json");
  const entry = "./types/entry/miniprogram";
  writeFileSync(to(folder("index.d.ts")), `export * from "${entry}";\nexport { default } from "${entry}";\n`);
  for (const name of MINI_APART) writeFileSync(to(folder(`${name}.d.ts`)), `export * from "./types/entry/${name}";\n`);
  const [, list] = /^export \{([^}]*)\};/m.exec(readFileSync(to("mini.mjs"), "utf8"));
  const names = list
    .split(",")
    .map((name) => name.trim().replace(/^.* as /, ""))
    .filter((name) => name !== "default");
  writeFileSync(to("mini.js"), exported('module.exports = require("./miniprogram/index.js");', `0 && (module.exports = { ${names.join(", ")} });`));
}

/** Minifies a bundle once more: terser sees 0.9 kB more than esbuild (after gzip), and takes a second. */
async function shrink(file) {
  const { code } = await minify(readFileSync(file, "utf8"), { toplevel: true, ecma: 2015, compress: { passes: 3, ecma: 2015, keep_fargs: false } });
  writeFileSync(file, code + "\n");
}

/** Generates type declarations. */
function declare(project) {
  const tsc = from("node_modules", "typescript", "bin", "tsc");
  const { status } = spawnSync(process.execPath, [tsc, "-p", from(project)], { stdio: "inherit" });
  if (status) throw new Error("tsc cannot generate the type declarations: see its errors above");
}

/** Generates the type declarations for ESM and CommonJS: the nearest package.json decides the kind of a `.d.ts` file. */
function types() {
  declare("tsconfig.dist.json");
  rmSync(to("types", "build"), { recursive: true, force: true });
  cpSync(to("types"), to("types-cjs"), { recursive: true });
  writeFileSync(to("types", "package.json"), '{ "type": "module" }\n');
}

/** Returns the value of an entry in `exports`. */
const kinds = (file, commonjs = file) => ({
  import: { types: `./types/src/entry/${file}.d.ts`, default: `./${file}.mjs` },
  require: { types: `./types-cjs/src/entry/${file}.d.ts`, default: `./${commonjs}.js` },
});

/** Returns the value of an entry with separate files for Node. */
const entry = (name, node, web) => ({ node: kinds(node), default: kinds(name, web) });

/** React Native has no WebAssembly, and edge hosts do not compile it. */
const WITHOUT_WASM = ["react-native", "workerd", "edge-light"];

/** Returns the declarations of an entry for the module resolution of Node 10. */
const older = (name) => [name, [`./types-cjs/src/entry/${name}.d.ts`]];

function manifest() {
  const withoutWasm = Object.fromEntries(WITHOUT_WASM.map((host) => [host, kinds("js", "js-web")]));
  const { name, version, description, license, author, homepage, bugs, repository, engines } = JSON.parse(readFileSync(from("package.json"), "utf8"));
  return {
    name,
    version,
    description,
    keywords: ["socket.io", "websocket", "realtime", "client", "wasm"],
    license,
    author,
    homepage,
    bugs,
    repository,
    main: "./main.js",
    miniprogram: "miniprogram",
    browser: { "./main.js": "./index.js", "./slim.js": "./slim-web.js", "./js.js": "./js-web.js", "./debug.js": "./debug-web.js", "./lazy.js": "./lazy-web.js" },
    "react-native": "./js-web.js",
    module: "./index.mjs",
    types: "./types-cjs/src/entry/index.d.ts",
    unpkg: "./tidewire.min.js",
    jsdelivr: "./tidewire.min.js",
    exports: {
      ".": { ...withoutWasm, ...entry("index", "node") },
      "./slim": entry("slim", "slim-node", "slim-web"),
      "./lazy": { ...withoutWasm, ...entry("lazy", "node", "lazy-web") },
      "./js": entry("js", "js-node", "js-web"),
      "./debug": entry("debug", "node", "debug-web"),
      "./envelope": kinds("envelope"),
      "./peers": kinds("peers"),
      "./echo": kinds("echo"),
      "./bridge": kinds("bridge"),
      "./mini": kinds("mini"),
      "./core.wasm": "./core.wasm",
      "./provenance.json": "./provenance.json",
      "./tidewire.js": "./tidewire.js",
      "./tidewire.min.js": "./tidewire.min.js",
      "./package.json": "./package.json",
    },
    typesVersions: { "*": Object.fromEntries(["slim", "lazy", "js", "debug", "envelope", "peers", "echo", "bridge", "mini"].map(older)) },
    sideEffects: true,
    engines,
    publishConfig: { access: "public", provenance: true },
    peerDependencies: { ws: "^8.0.0" },
    peerDependenciesMeta: { ws: { optional: true } },
  };
}

requireCore();
rmSync(to(), { recursive: true, force: true });
mkdirSync(to());
modules("index", "index");
modules("debug", "debug", {}, "debug-web");
modules("slim", "slim", {}, "slim-web");
modules("js", "js", {}, "js-web");
lazy();
for (const name of ["node", "slim-node", "js-node"]) {
  modules(name, name, { platform: "node", supported: { "import-meta": true }, external: ["*/ws.cjs"] });
}
buildSync({ entryPoints: [from("build", "twin.js")], outfile: to("twin.js"), format: "cjs", minify: true, target: "es2017" });
choice("main.js", "index.js", "node.js");
choice("slim.js", "slim-web.js", "slim-node.js");
choice("debug.js", "debug-web.js", "node.js");
choice("lazy.js", "lazy-web.js", "node.js");
choice("js.js", "js-web.js", "js-node.js");
apart("envelope");
apart("peers");
apart("echo");
apart("bridge");
await mini();
universal("tidewire.js", {});
universal("tidewire.min.js", { minify: true });
types();
copyFileSync(from("src", "node", "ws.cjs"), to("ws.cjs"));
copyFileSync(from("build", "core.wasm"), to("core.wasm"));
copyFileSync(from("build", "provenance.json"), to("provenance.json"));
for (const license of ["LICENSE-MIT", "LICENSE-APACHE"]) copyFileSync(join(repository, license), to(license));
copyDocuments(npm, to());
writeFileSync(to("package.json"), `${JSON.stringify(manifest(), null, 2)}\n`);
