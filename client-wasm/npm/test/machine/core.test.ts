/** Tests the file of the core: the features it needs, its exports, its provenance, and the inlined copy. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { CORE } from "../../build/core.js";
import { checkMvp, run, withDirectory } from "../../scripts/binaryen.mjs";
import { pack } from "../../scripts/pack.mjs";
import { inline } from "../../src/machine/inline.js";
import { load } from "../../src/machine/load.js";
import { unpack } from "../../src/machine/unpack.js";
import { coreFile } from "../support/cores.js";

const bytes = readFileSync(coreFile);

test("the core needs no feature beyond the WebAssembly MVP", () => {
  checkMvp(coreFile);
});

test("the check finds a later instruction, whatever features the file declares", () => {
  for (const body of ["(i32.extend8_s (local.get 0))", "(i32.trunc_sat_f64_u (f64.const 1))"]) {
    withDirectory((within) => {
      writeFileSync(within("late.wat"), `(module (func (export "f") (param i32) (result i32) ${body}))`);
      run("wasm-as", "--enable-sign-ext", "--enable-nontrapping-float-to-int", within("late.wat"), "-o", within("late.wasm"));
      assert.throws(() => checkMvp(within("late.wasm")), /used features/);
    });
  }
});

test("the core imports nothing, and exports one function and one memory", () => {
  const module = new WebAssembly.Module(bytes);
  assert.deepEqual(WebAssembly.Module.imports(module), []);
  const exports = WebAssembly.Module.exports(module).map(({ name, kind }) => ({ name, kind }));
  assert.deepEqual(exports.sort((a, b) => (a.name < b.name ? -1 : 1)), [
    { name: "call", kind: "function" },
    { name: "memory", kind: "memory" },
  ]);
});

test("the core begins with one page of memory", () => {
  const { memory } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports;
  assert.equal((memory as WebAssembly.Memory).buffer.byteLength, 65536);
});

test("the inlined core is the same file, and its provenance is recorded", () => {
  assert.deepEqual(Buffer.from(unpack(CORE)), bytes);
  const { sha256, version, commit, compiler } = JSON.parse(readFileSync("build/provenance.json", "utf8"));
  assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(version, JSON.parse(readFileSync("package.json", "utf8")).version);
  assert.match(commit, /^[0-9a-f]{40}\+?$/);
  assert.match(compiler, /^rustc \d/);
});

/** Returns the bytes of a module in the text format. */
const assembled = (text: string): Buffer =>
  withDirectory((within) => {
    writeFileSync(within("module.wat"), text);
    run("wasm-as", within("module.wat"), "-o", within("module.wasm"));
    return readFileSync(within("module.wasm"));
  });

test("every kind of instruction survives the packing, and its texts need no escapes", () => {
  const constants = [0, 1, 63, 64, 127, 128, -1, -64, -65, 1 << 20, -(2 ** 31)].map((value) => `(drop (i32.const ${value}))`).join("");
  const floats = "(drop (f32.const -1.5)) (drop (f64.const -0.1)) (drop (f64.const inf)) (drop (i64.const -9223372036854775808))";
  const table = "(type $t (func (param i32))) (table 1 1 funcref) (elem (i32.const 0) $f) (global $g (mut i32) (i32.const 7)) (memory 1)";
  const branches = `(block $a (block $b (loop $c (br_table $a $b $c $a (local.get 0)))))`;
  const memory = "(i32.store8 offset=300 (i32.const 5) (local.get 0)) (drop (f64.load align=4 (i32.const 8))) (drop (memory.grow (memory.size)))";
  const calls = "(global.set $g (global.get $g)) (call $g) (call_indirect (type $t) (i32.const 1) (i32.const 0))";
  const locals = Array.from({ length: 127 }, (_, i) => `(local.set ${127 - i} (local.tee ${(i * 7) % 127 + 1} (local.get ${(i * 5) % 128})))`).join("");
  const f = `(func $f (export "f") (param i32) ${"(local i32)".repeat(127)} ${constants} ${floats} ${branches} ${memory} ${calls} ${locals})`;
  const others = Array.from({ length: 200 }, (_, i) => `(func (export "f${i}") (local i64 f32 f64))`).join("");
  const module = assembled(`(module ${table} ${f} (func $g nop) ${others} (data (i32.const 0) "\\00\\22\\5c\\7f\\ff\\5b\\b6"))`);
  const [size, ...texts] = pack(module);
  for (const text of texts) assert.equal(JSON.stringify(text), `"${text}"`);
  assert.match(texts.join(""), /^[ !#-[\]-~]+$/);
  assert.deepEqual(Buffer.from(unpack([size, ...texts])), module);
});

test("the packing rejects functions with more locals, or larger, than can be unpacked", () => {
  const many = `(func (export "f") ${"(local i32)".repeat(129)} (drop (local.get 128)))`;
  assert.throws(() => pack(assembled(`(module ${many})`)), /more than 128 locals/);
  const large = `(func (export "f") ${"(drop (i32.const 123456789))".repeat(3000)})`;
  assert.throws(() => pack(assembled(`(module ${large})`)), /a function has \d+ bytes/);
});

test("the inlined core loads synchronously", () => {
  const make = inline();
  assert.ok(typeof make === "function");
  const machine = make({ transports: ["websocket"] });
  assert.equal(machine.namespace("/"), 0);
  machine.free();
});

test("the core compiles asynchronously if the engine demands it", async () => {
  const { Module } = WebAssembly;
  const refusing = (error: Error) => {
    WebAssembly.Module = function () {
      throw error;
    } as unknown as typeof Module;
  };
  try {
    refusing(new RangeError("WebAssembly.Compile is disallowed on the main thread, if the buffer size is larger than 8MB."));
    const make = await load(() => bytes);
    assert.equal(make({ transports: ["websocket"] }).namespace("/"), 0);
  } finally {
    WebAssembly.Module = Module;
  }
});

test("where WebAssembly is forbidden, missing, or forbidden later, the error says what to do", async (t) => {
  const { WebAssembly } = globalThis;
  t.after(() => Object.assign(globalThis, { WebAssembly }));
  const says = /\((CompileError: blocked|ReferenceError: WebAssembly is not defined)\).*'wasm-unsafe-eval'.*"tidewire\/js"/;
  const refuse = (error: Error) =>
    function () {
      throw error;
    };
  const blocked = new WebAssembly.CompileError("blocked");
  Object.assign(globalThis, { WebAssembly: { Module: refuse(blocked) } });
  assert.throws(inline, says);
  Object.assign(globalThis, { WebAssembly: { Module: refuse(new RangeError("too large")), instantiate: () => Promise.reject(blocked) } });
  await assert.rejects(async () => load(() => bytes), says);
  delete (globalThis as any).WebAssembly;
  assert.throws(inline, says);
});
