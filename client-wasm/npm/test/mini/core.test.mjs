// Which core runs in a mini-program: wasm where the host loads it, else the JavaScript twin.

import assert from "node:assert/strict";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";

import { buildSync } from "esbuild";

import { startServer } from "./servers.mjs";
import { miniHost, next, root, until } from "./support.mjs";

/** Connects and returns the state of the core. */
async function coreOf(t, { host, tidewire }) {
  const server = await startServer("socketio4");
  t.after(() => server.stop());
  const socket = tidewire.io(server.url + "/lab", { transports: ["websocket"] });
  t.after(() => socket.io._close());
  await next(socket, "connect");
  assert.equal(await socket.emitWithAck("echo", 1), 1);
  return { ...tidewire.coreState(), host };
}

test("wasm that the host refuses is replaced by the twin", async (t) => {
  const made = miniHost(t, "wechat-ios", { fault: { wasm: "refuse" } });
  assert.equal(made.tidewire.coreState().kind, "loading");
  const { kind, errors, path } = await coreOf(t, made);
  assert.deepEqual([kind, path], ["js", undefined]);
  assert.match(errors[0], /core\.wasm: CompileError: invalid wasm file/);
});

test("a loader that never answers is given up", async (t) => {
  const made = miniHost(t, "wechat-android", { fault: { wasm: "hang" }, page: "packageA/pages/chat/chat" });
  const result = coreOf(t, made);
  await until(() => {
    made.host.clock.advance(1000);
    return made.tidewire.coreState().kind === "js";
  }, "the twin runs");
  const { kind, errors } = await result;
  assert.deepEqual([kind, errors.length], ["js", 1], "it is asked for no other path");
  assert.match(errors[0], /did not answer/);
});

test("pages that the host does not tell, or tells wrong, are no obstacle", async (t) => {
  const refused = () => {
    throw new Error("no pages here");
  };
  for (const getCurrentPages of [refused, () => undefined, () => [null], () => [{ route: 5 }]]) {
    const made = miniHost(t, "wechat-android");
    made.host.realm.getCurrentPages = getCurrentPages;
    assert.equal((await coreOf(t, made)).kind, "wasm");
  }
});

test("a given path is the only one", async (t) => {
  const made = miniHost(t, "douyin");
  made.tidewire.setWasmPath("/miniprogram_npm/tidewire/core.wasm");
  assert.equal((await coreOf(t, made)).kind, "wasm");
  const wrong = miniHost(t, "douyin");
  wrong.tidewire.setWasmPath("/assets/core.wasm");
  const { kind, errors } = await coreOf(t, wrong);
  assert.deepEqual([kind, errors.length], ["js", 1]);
  assert.match(errors[0], /assets\/core\.wasm not found/);
});

test("a file compressed by Brotli is loaded where the host can", async (t) => {
  writeFileSync(join(root, "core.wasm.br"), brotliCompressSync(readFileSync(join(root, "miniprogram_npm", "tidewire", "core.wasm"))));
  for (const name of ["wechat-android", "wechat-ios", "douyin"]) {
    const made = miniHost(t, name);
    made.tidewire.setWasmPath("/core.wasm.br");
    assert.equal((await coreOf(t, made)).kind, "wasm", name);
  }
});

test("the loader may return the instance itself, and one without exports is refused", async (t) => {
  assert.equal((await coreOf(t, miniHost(t, "wechat-ios", { fault: { wasm: "bare" } }))).kind, "wasm");
  for (const wasm of ["empty", "no memory"]) {
    const { kind, errors } = await coreOf(t, miniHost(t, "wechat-ios", { fault: { wasm } }));
    assert.equal(kind, "js");
    assert.match(errors[0], /no instance of the core/);
  }
});

test("without `Proxy`, which WebAssembly needs here, the core runs as JavaScript", async (t) => {
  const { kind, errors } = await coreOf(t, miniHost(t, "wechat-ios", { lacks: ["Proxy"] }));
  assert.equal(kind, "js");
  assert.equal(errors.length, 1);
});

test("the twin runs if the application wants it", async (t) => {
  const made = miniHost(t, "wechat-android");
  made.tidewire.setWasmPath(false);
  assert.equal((await coreOf(t, made)).kind, "js");
});

test("a subpackage has the file in its own folder", async (t) => {
  const sub = join(root, "packageA", "nested");
  mkdirSync(join(sub, "miniprogram_npm"), { recursive: true });
  cpSync(join(root, "miniprogram_npm", "tidewire"), join(sub, "miniprogram_npm", "tidewire"), { recursive: true });
  cpSync(join(root, "scenarios.js"), join(sub, "scenarios.js"));
  const main = join(root, "miniprogram_npm", "tidewire", "core.wasm");
  rmSync(main);
  t.after(() => cpSync(join(sub, "miniprogram_npm", "tidewire", "core.wasm"), main));
  for (const page of ["packageA/nested/pages/chat", "packageA/nested/chat"]) {
    const { host } = miniHost(t, "wechat-android", { page });
    const { tidewire } = host.require("/packageA/nested/scenarios.js");
    const { kind, path, errors } = await coreOf(t, { host, tidewire });
    assert.deepEqual([kind, path, errors.length], ["wasm", "/packageA/nested/miniprogram_npm/tidewire/core.wasm", 2]);
  }
});

test("a bundle of `tidewire/mini` has the twin in it, and loads wasm from the path that is given", async (t) => {
  const dist = join(import.meta.dirname, "..", "..", "dist");
  const bundle = (name, contents) =>
    buildSync({
      stdin: { contents, resolveDir: dist },
      bundle: true,
      format: "cjs",
      target: "es2015",
      outfile: join(root, "bundles", name),
      logLevel: "error",
    });
  bundle("import.js", 'export * from "tidewire/mini";');
  bundle("require.js", 'module.exports = require("tidewire/mini");');
  cpSync(join(root, "miniprogram_npm", "tidewire", "core.wasm"), join(root, "assets", "core.wasm"));
  for (const name of ["import.js", "require.js"]) {
    for (const [profile, path, expected] of [
      ["wechat-ios", "/assets/core.wasm", "wasm"],
      ["wechat-ios", "/missing.wasm", "js"],
      ["alipay-global", undefined, "js"],
    ]) {
      const { host } = miniHost(t, profile);
      const tidewire = host.require("/bundles/" + name);
      tidewire.setWasmPath(path);
      assert.equal((await coreOf(t, { host, tidewire })).kind, expected);
    }
  }
});
