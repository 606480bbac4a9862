// The package as WeChat's own builder makes it: complete, unchanged, and in a syntax that old tools read.

import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { buildPackage } from "./project.mjs";
import { miniHost, root } from "./support.mjs";

const published = join(import.meta.dirname, "..", "..", "dist", "miniprogram");
const built = join(root, "miniprogram_npm", "tidewire");

const files = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => statSync(join(folder, name)).isFile())
    .sort();

test("`packNpm` builds the package without a warning", async () => {
  assert.deepEqual(await buildPackage(), []);
  assert.deepEqual(
    files(join(root, "miniprogram_npm")),
    files(published).map((name) => join("tidewire", name)),
  );
  for (const name of files(published)) assert.ok(readFileSync(join(built, name)).equals(readFileSync(join(published, name))), name);
});

test("the built package takes less than an eighth of the 2 MB of a code package", () => {
  const code = files(built).filter((name) => !name.endsWith(".d.ts"));
  assert.deepEqual(code, ["core.wasm", "echo.js", "envelope.js", "index.js", "peers.js", "twin.js"]);
  assert.ok(code.reduce((total, name) => total + statSync(join(built, name)).size, 0) < 2 ** 21 / 8);
});

test("`require` and `import` find the same function", (t) => {
  const { tidewire } = miniHost(t, "wechat-android");
  assert.equal(typeof tidewire, "function");
  for (const name of ["default", "io", "connect", "lookup"]) assert.equal(tidewire[name], tidewire.io, name);
  const names = ["Manager", "MiniPolling", "MiniWebSocket", "Socket", "WebSocket", "coreState", "protocol", "setHost", "setWasmPath"];
  assert.deepEqual(
    names.filter((name) => !(name in tidewire)),
    [],
  );
});

test("`tidewire/echo` and `tidewire/peers` are files of the package", (t) => {
  const { host } = miniHost(t, "wechat-android");
  let receive;
  const sent = [];
  const socket = { id: "me", connected: true, on() {}, onAny: (listener) => (receive = listener), emit: (...args) => sent.push(args) };

  const { Echo } = host.require("tidewire/echo");
  const heard = [];
  new Echo(socket).channel("orders").listen(".shipped", (order) => heard.push(order));
  receive("shipped", "orders", "héllo 1,2,3");
  assert.deepEqual(heard, ["héllo 1,2,3"]);

  const { Peers } = host.require("tidewire/peers");
  new Peers(socket).send("a", "héllo");
  assert.deepEqual(
    sent.map(([event]) => event),
    ["subscribe", "exchange"],
  );
});
