// Code of users' guides runs in the imitated hosts with only its import changed. The test changes the address of the server, too.

import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { test } from "node:test";

import { MiniHost } from "./host/host.mjs";
import { startServer } from "./servers.mjs";
import { echoServer, root, until } from "./support.mjs";

const peers = createRequire(join(import.meta.dirname, "../../../../server-testbed/peers/package.json"));

/** Runs a sample and resolves with its console when it has so many lines. */
async function run(t, profile, name, address, url, lines) {
  const code = readFileSync(join(import.meta.dirname, "samples", `${name}.js`), "utf8");
  assert.ok(code.includes(address));
  mkdirSync(join(root, "samples"), { recursive: true });
  writeFileSync(join(root, "samples", `${name}.js`), code.replace(address, url));
  const host = new MiniHost(profile, root);
  t.after(() => host.stop());
  host.require(`/samples/${name}.js`);
  await until(() => host.console.length >= lines, `${lines} lines on the console: ${host.console}`);
  assert.deepEqual(host.refusals, []);
  return host.console;
}

for (const profile of ["wechat-android", "wechat-ios", "alipay-multiple", "jd"]) {
  test(`the client of egg's guide with egg on ${profile}`, async (t) => {
    const server = await startServer("egg");
    t.after(() => server.stop());
    const lines = await run(t, profile, "egg-guide", "ws://127.0.0.1:7001", server.url.replace("http", "ws") + "/chat", 3);
    for (const [at, answer] of [/auth!/, /packet!/, /chat/].entries()) assert.match(lines[at], answer);
  });

  test(`the example of weapp.socket.io on ${profile}`, async (t) => {
    const http = createServer();
    const io = peers("socket.io-2")(http);
    io.on("connection", (client) => client.on("news", (news) => client.emit("news", news.title)));
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    t.after(() => io.close());
    const lines = await run(t, profile, "weapp-readme", "http://localhost:8000", `http://127.0.0.1:${http.address().port}`, 2);
    assert.deepEqual(lines, ["connected", "received news:  this is a news"]);
  });

  test(`plain WebSocket code on ${profile}`, async (t) => {
    const { url } = await echoServer(t);
    assert.deepEqual(await run(t, profile, "plain", "ws://localhost:8080", url, 1), ["Message from server  Hello Server!"]);
  });
}
