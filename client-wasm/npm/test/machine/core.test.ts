/** Tests the file of the core: the features it needs, its exports, its provenance, and the inlined copy. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";

import { CORE } from "../../build/core.js";
import { checkMvp, run, withDirectory } from "../../scripts/binaryen.mjs";
import { textOf } from "../../scripts/text.mjs";
import { bytesOf, inline } from "../../src/machine/inline.js";
import { load } from "../../src/machine/load.js";
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
  assert.deepEqual(Buffer.from(bytesOf(CORE)), bytes);
  const { sha256, version, commit, compiler } = JSON.parse(readFileSync("build/provenance.json", "utf8"));
  assert.equal(sha256, createHash("sha256").update(bytes).digest("hex"));
  assert.equal(version, JSON.parse(readFileSync("package.json", "utf8")).version);
  assert.match(commit, /^[0-9a-f]{40}\+?$/);
  assert.match(compiler, /^rustc \d/);
});

test("every byte survives the encoding as text, which needs no escapes", () => {
  const all = Uint8Array.from({ length: 512 }, (_, i) => i);
  const text = textOf(all);
  assert.equal(JSON.stringify(text), `"${text}"`);
  assert.match(text, /^[ !#-[\]-~]+$/);
  assert.deepEqual(bytesOf(text), all);
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
    const make = await load(bytes);
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
  await assert.rejects(async () => inline(), says);
  delete (globalThis as any).WebAssembly;
  assert.throws(inline, says);
});
