// The imitation host refuses what the real ones refuse, so that a test on it can fail.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runInContext } from "node:vm";

import { PROFILES } from "./host/facts.mjs";
import { MiniHost } from "./host/host.mjs";
import { echoServer, until } from "./support.mjs";

/** Returns a host of a package with `files`, without tidewire. */
function bare(t, name, files = {}) {
  const root = mkdtempSync(join(tmpdir(), "tidewire-host-"));
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), code);
  }
  const host = new MiniHost(name, root);
  t.after(() => {
    host.stop();
    rmSync(root, { recursive: true });
  });
  return { host, api: host.realm[host.profile.global], run: (code) => runInContext(code, host.realm) };
}

/** Opens a task and resolves when it is open. */
function openTask(api, options) {
  const task = api.connectSocket(options);
  return new Promise((resolve, reject) => {
    task.onOpen(() => resolve(task));
    task.onError(reject);
  });
}

for (const name of Object.keys(PROFILES)) {
  test(`${name} has no globals of pages and compiles no text`, (t) => {
    const { host, run } = bare(t, name);
    const absent =
      "WebAssembly TextEncoder TextDecoder URL atob fetch XMLHttpRequest WebSocket document performance queueMicrotask process Buffer crypto navigator self window";
    const expected = absent.split(" ").filter((global) => !host.profile.present.includes(global));
    assert.deepEqual(
      expected.filter((global) => run(`typeof ${global}`) !== "undefined"),
      [],
    );
    for (const global of host.profile.absent) assert.equal(run(`typeof ${global}`), "undefined", global);
    assert.equal(run(`typeof ${host.profile.global}.connectSocket`), "function");
    assert.throws(() => run('eval("1")'), { name: "EvalError" });
    assert.throws(() => run('new Function("return this")'), { name: "EvalError" });
  });
}

test("promises of iOS call back by a timer", async (t) => {
  for (const [name, expected] of [
    ["wechat-android", "microtask,timer"],
    ["wechat-ios", "timer,microtask"],
  ]) {
    const { run, host } = bare(t, name);
    const order = run('var order = []; setTimeout(() => order.push("timer"), 0); Promise.resolve().then(() => order.push("microtask")); order');
    await until(() => order.length === 2, "both");
    assert.equal(String(order), expected, host.profile.name);
  }
});

test("a package with new syntax, or a module that does not exist, is refused", (t) => {
  const { host } = bare(t, "wechat-android", {
    "miniprogram_npm/new/index.js": "exports.a = (b) => b?.c;",
    "pages/a/a.js": 'module.exports = require("new");',
    "miniprogram_npm/old/index.js": "exports.a = typeof window + typeof global;",
    "packageA/miniprogram_npm/near/index.js": "exports.a = 1;",
    "packageA/pages/b.js": 'module.exports = [require("near").a, require("old").a, require("../../pages/c").c];',
    "pages/c.js": "exports.c = 3;",
  });
  assert.throws(() => host.require("/pages/a/a.js"), { name: "SyntaxError" });
  assert.throws(() => host.require("near"), /module 'near' is not defined/);
  assert.throws(() => host.require("fs"), /module 'fs' is not defined/);
  assert.equal(String(host.require("/packageA/pages/b.js")), "1,undefinedundefined,3");
});

test("WebAssembly is loaded by a path of the package only, and only MVP", async (t) => {
  const mvp = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
  // A function with the sign extension operator `i32.extend8_s`.
  const later = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 127, 1, 127, 3, 2, 1, 0, 10, 7, 1, 5, 0, 32, 0, 192, 11);
  const { host } = bare(t, "wechat-ios", { "a.wasm": mvp, "later.wasm": later });
  const { WXWebAssembly } = host.realm;
  assert.deepEqual((await WXWebAssembly.instantiate("/a.wasm", {})).instance.exports, {});
  for (const source of ["wxfile://a.wasm", "http://a/a.wasm", mvp.buffer]) await assert.rejects(WXWebAssembly.instantiate(source), /not support/);
  for (const source of ["a.wasm", "/b.wasm", "/a.js", "/../a.wasm/"]) await assert.rejects(WXWebAssembly.instantiate(source), /not found/);
  await assert.rejects(WXWebAssembly.instantiate("/later.wasm"), /CompileError: invalid wasm file/);
});

test("a call that a host refuses throws, and is kept", async (t) => {
  const { url } = await echoServer(t);
  const { host, api } = bare(t, "wechat-android");
  const calls = [
    () => api.connectSocket({ url: "http://a" }),
    () => api.connectSocket({ url, protocols: "chat" }),
    () => api.connectSocket({ url, multiple: true }),
    () => api.connectSocket({ url, header: { Referer: "a" } }),
    () => api.request({ url: "ws://a", dataType: "text" }),
    () => api.request({ url: "http://a" }),
    () => api.request({ url: "http://a", dataType: "text", data: {} }),
  ];
  for (const call of calls) assert.throws(call, /refuses/);
  const task = await openTask(api, { url });
  for (const options of [{ data: new Uint8Array(1) }, { data: 1 }, { data: "AAAA", isBuffer: true }])
    assert.throws(() => task.send(options), /refuses/);
  assert.throws(() => task.close({ code: 1001 }), /refuses/);
  assert.throws(() => task.close({ reason: "é".repeat(62) }), /refuses/);
  assert.equal(host.refusals.length, calls.length + 5);
});

test("Alipay sends bytes as base64, and its message is nested", async (t) => {
  const { url } = await echoServer(t);
  const { api } = bare(t, "alipay-multiple");
  const task = await openTask(api, { url, multiple: true });
  assert.throws(() => task.send({ data: new ArrayBuffer(1) }), /base64 text/);
  assert.throws(() => task.send({ data: "no base64!", isBuffer: true }), /not base64/);
  const received = new Promise((resolve) => task.onMessage(resolve));
  task.send({ data: "AAEC", isBuffer: true });
  assert.deepEqual((await received).data, { data: "AAEC", isBuffer: true, socketTaskID: 1 });
  assert.equal(bare(t, "alipay-multiple").api.connectSocket({ url }), undefined);
});

test("a sixth socket fails, and one whose connection was refused frees its place", async (t) => {
  const { url } = await echoServer(t);
  const { host, api } = bare(t, "qq");
  for (let n = 0; n < 5; n++) await openTask(api, { url });
  const failure = await new Promise((resolve) => api.connectSocket({ url, fail: resolve }));
  assert.match(failure.errMsg, /^connectSocket:fail fail reach max websocket connect count 5$/);
  assert.equal(host.sockets.size, 5);
});

test("the background suspends the program, kills its sockets and fails its next call", async (t) => {
  const { url } = await echoServer(t);
  for (const [name, expected] of [
    ["wechat-android", "hide,close 1000 interrupted,show"],
    ["wechat-ios", "hide,global 1000 interrupted,show"],
  ]) {
    const { host, api } = bare(t, name);
    const events = [];
    const task = await openTask(api, { url });
    task.onClose(({ code, reason }) => events.push(`close ${code} ${reason}`));
    api.onSocketClose(({ code, reason }) => events.push(`global ${code} ${reason}`));
    api.onAppHide(() => events.push("hide"));
    api.onAppShow(() => events.push("show"));
    const before = host.clock.now();
    await host.background(600_000);
    assert.ok(host.clock.now() - before >= 600_000);
    await until(() => events.length === 3, "the events");
    assert.equal(String(events), expected);
    const failure = await new Promise((resolve) => api.connectSocket({ url, fail: resolve }));
    assert.match(failure.errMsg, /interrupted in suspend state/);
    await openTask(api, { url });
  }
});

test("the clock's timers wait in the suspension and follow a jump", async (t) => {
  const { host, run } = bare(t, "wechat-android");
  const ran = run("var ran = []; setTimeout(() => ran.push('hour'), 3600000); ran");
  host.clock.freeze();
  host.clock.advance(3_600_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(ran.length, 0);
  host.clock.thaw();
  await until(() => ran.length === 1, "the timer");
});
