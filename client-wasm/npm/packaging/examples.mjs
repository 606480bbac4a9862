// The examples for Node: they run as programs of an app, against their servers, and a client of the test sees that they do what they say.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { copyFileSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { createInterface } from "node:readline";

import { EXPECTED } from "./apps/app.js";
import { startServer } from "./servers.mjs";

const examples = join(import.meta.dirname, "..", "examples");
const KEY = "0123456789abcdef0123456789abcdef";
const LIMIT = 60_000;

/** Resolves as the promise; rejects if it takes longer than `LIMIT`. */
export function guarded(promise, what) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`did not happen: ${what}`)), LIMIT);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

export const next = (emitter, event) => guarded(new Promise((resolve) => emitter.once(event, (...args) => resolve(args))), event);

/** Starts an example in the folder of an app. */
function program(folder, name, args) {
  copyFileSync(join(examples, name), join(folder, name));
  return start(folder, name, args);
}

/** Starts a program of an app. `line(pattern)` resolves with the next line that fits. */
function start(folder, name, args = []) {
  const file = join(folder, name);
  const child = spawn(process.execPath, [file, ...args], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const find = async (pattern) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${name} ended without a line like ${pattern}`);
      const found = pattern.exec(value);
      if (found) return found;
    }
  };
  return { line: (pattern) => guarded(find(pattern), String(pattern)), stop: () => child.kill() };
}

/** Loads the packed package of an app into the test. */
const load = (folder, name) => createRequire(join(folder, "package.json"))(name);

/** Runs `use` with a server, and with the test's own client. */
const withServer = (name, use) => async (folder) => {
  const server = await startServer(name);
  const url = `http://127.0.0.1:${server.port}`;
  const { io } = load(folder, "tidewire");
  const { Peers } = load(folder, "tidewire/peers");
  const sockets = [];
  const connect = (namespace, options) => {
    sockets.push(io(url + namespace, { forceNew: true, ...options }));
    return sockets.at(-1);
  };
  const programs = [];
  const run = (...args) => {
    programs.push(program(folder, ...args));
    return programs.at(-1);
  };
  try {
    await use({ folder, url, connect, Peers, run });
  } finally {
    for (const socket of sockets) socket.disconnect();
    for (const { stop } of programs) stop();
    server.stop();
  }
  return EXPECTED;
};

const peerToPeer = (server, namespace) =>
  withServer(server, async ({ url, connect, Peers, run }) => {
    const example = run("peer-to-peer.mjs", [url + namespace]);
    const [, id] = await example.line(/^#connect, (.*)/);
    const peers = new Peers(connect(namespace, { query: { room: "demo", userId: "test" } }));
    const [greeting, { sender }] = await next(peers, "message");
    assert.deepEqual([greeting, sender], [{ msg: "test" }, id]);
    await peers.send(id, { msg: "你好" });
    await example.line(/^#receive, \{"action":"exchange","payload":\{"msg":"你好"\}\}/);
    peers.socket.disconnect();
    await example.line(/^#online, User\(.*\) leaved\./);
  });

const bot = (server, namespace) =>
  withServer(server, async ({ url, connect, Peers, run }) => {
    const peers = new Peers(connect(namespace, { query: { room: "demo", userId: "test" } }));
    await next(peers.socket, "connect");
    const example = run("bot.mjs", [url + namespace]);
    const [id] = await next(peers, "join");
    for (const payload of [null, 7, { msg: 1 }, { msg: "hello" }]) await peers.send(id, payload);
    const [answer, { sender }] = await next(peers, "message");
    assert.deepEqual([answer, sender], [{ msg: "you said hello" }, id]);
    example.stop();
    assert.deepEqual(await next(peers, "leave"), [id]);
  });

const mobileSdk = withServer("seeds/mobile-sdk", async ({ folder, url, connect, Peers, run }) => {
  const { sign } = load(folder, "tidewire/envelope");
  const peers = new Peers(connect("/"), { app: "signatureApp", sign: ({ app, timestamp }) => sign(app, KEY, timestamp) });
  const [own] = await next(peers, "registered");
  const example = run("mobile-sdk.mjs", [url, KEY, own.socketId, own.userId]);
  const [{ text, from }] = await next(peers, "message");
  assert.equal(text, "hello");
  await example.line(/^registered:/);
  peers.socket.emit("drop", from.socketId);
  // Another socket id, and the same user id.
  const [, socketId, userId] = await example.line(/^registered: (\S+) (\S+)/);
  assert.deepEqual([socketId !== from.socketId, userId], [true, from.userId]);
  await peers.send({ socketId, userId }, { text: "why", from: own });
  assert.deepEqual((await next(peers, "message"))[0], { text: "you said why" });
  await run("mobile-sdk.mjs", [url, "wrong"]).line(/^denied: Illegal signature/);
});

/** The quick start in the README of the repository, which Node 20 runs with `ws`. */
const quickStart = withServer("testbed", async ({ folder, url, connect }) => {
  const readme = readFileSync(join(examples, "../../../README.md"), "utf8");
  const [, code] = /^```js\n(\/\/ app\.mjs\n[^]*?)^```$/m.exec(readme);
  writeFileSync(join(folder, "app.mjs"), code.replace("http://localhost:3000", url));
  const friend = connect("/lab");
  await next(friend, "connect");
  await friend.emitWithAck("join", "room 1");
  const app = start(folder, "app.mjs");
  try {
    assert.deepEqual(await next(friend, "said"), ["me", "hello"]);
    await app.line(/^hello$/);
  } finally {
    app.stop();
  }
});

export const EXAMPLES = {
  "README of the repository": quickStart,
  "examples, peer-to-peer.mjs with the testbed": peerToPeer("testbed", "/ptop"),
  "examples, peer-to-peer.mjs with egg": peerToPeer("egg", "/ptop"),
  "examples, peer-to-peer.mjs with the second variant of the server": peerToPeer("seeds/online", "/"),
  "examples, bot.mjs with socket.io 2": bot("socketio2", "/ptop"),
  "examples, bot.mjs with the second variant of the server": bot("seeds/online", "/"),
  "examples, mobile-sdk.mjs": mobileSdk,
};
