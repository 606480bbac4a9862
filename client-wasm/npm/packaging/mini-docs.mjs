// The documents for mini-programs: their samples run in the imitated host, with servers, and each error that they list occurs there.

import assert from "node:assert/strict";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { buildSync } from "esbuild";
import { WebSocketServer } from "ws";

import { MiniHost } from "../test/mini/host/host.mjs";
import { openPage } from "../test/mini/host/pages.mjs";
import { createProject } from "../test/mini/project.mjs";
import { startServer } from "../test/mini/servers.mjs";
import { EXPECTED } from "./apps/app.js";
import { samplesOf } from "./readme.mjs";

const DOCUMENTS = ["docs/mini-programs.md", "README.zh-CN.md"];
const npm = join(import.meta.dirname, "..");

async function until(isTrue, what) {
  for (let turn = 0; !isTrue(); turn++) {
    assert.ok(turn < 500, `did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Resolves with the arguments of the next event of a socket. */
const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

const FAILED = { reconnection: false, forceNew: true };

// ---- samples ----

/** Each sample by the name of its file. `lab.launch` starts a host with the samples of the document. */
const SAMPLES = {
  "pages/chat/chat.js": async ({ launch }) => {
    const page = openPage(launch(), "pages/chat/chat");
    await until(() => page.data.lines.length === 1 && /connected|已连接/.test(page.data.status), "the greeting");
    page.input("onSend", "hello");
    await until(() => page.data.lines.length === 3, "the answer");
    assert.match(page.data.lines[0], /auth!/);
    page.close();
    assert.equal(page.data.status, "io client disconnect");
  },
  "services/connection.js": async ({ launch }) => {
    const { socket } = launch().require("/services/connection.js");
    socket.connect();
    const { auth } = await socket.emitWithAck("handshake");
    assert.deepEqual({ ...auth }, { token: "a token" });
    socket.disconnect();
  },
  "pages/room/room.js": async ({ launch }) => {
    const [ann, bob] = ["ann", "bob"].map((userId) => openPage(launch(), "pages/room/room", { room: "docs", userId }));
    await until(() => ann.data.members.length && bob.data.members.length, "they see each other");
    ann.call("onSend", { detail: { value: "hello" }, currentTarget: { dataset: { id: ann.data.members[0] } } });
    await until(() => bob.data.lines.length, "the message");
    assert.equal(bob.data.lines[0], `${bob.data.members[0]}: hello`);
    bob.close();
    await until(() => !ann.data.members.length, "bob has left");
    ann.close();
    const gone = openPage(launch(), "pages/room/room", { room: "gone", userId: "cat" });
    await until(() => gone.data.denied, "the reason");
    assert.equal(gone.data.denied, "deleted, room has been deleted.");
  },
  "utils/ask.js": async ({ launch }) => {
    const { ask } = launch().require("/utils/ask.js");
    assert.equal(await ask("你好"), "你好");
  },
  "app.js": async ({ launch, server }) => {
    const host = launch();
    host.require("/app.js");
    host.app.onLaunch();
    const socket = host.require("tidewire")(`${server.url}/lab`, FAILED);
    await next(socket, "connect");
    host.app.onHide();
    socket.disconnect();
    // That file is not there, so the twin runs.
    const [line] = host.console.splice(0);
    assert.match(line, /^js undefined \/packageA\/miniprogram_npm\/tidewire\/core\.wasm: /);
  },
  "src/connection.js": async ({ launch, root, folder }) => {
    const file = join(folder, "bundled.js");
    copyFileSync(join(root, "src/connection.js"), file);
    // As a bundler does it: everything in one file, and a copy of the core.
    buildSync({ entryPoints: [file], bundle: true, format: "cjs", target: "es2015", outfile: join(root, "bundle.js"), logLevel: "error" });
    mkdirSync(join(root, "assets"));
    copyFileSync(join(folder, "node_modules/tidewire/core.wasm"), join(root, "assets/core.wasm"));
    const { socket } = launch().require("/bundle.js");
    assert.equal(await socket.emitWithAck("echo", 1), 1);
    socket.disconnect();
  },
  "services/echo.js": async ({ launch }) => {
    const shown = [];
    launch()
      .require("/services/echo.js")
      .echo("hello", (text) => shown.push(text));
    await until(() => shown.length, "the answer");
    assert.deepEqual(shown, ["hello"]);
  },
};

// ---- errors ----

const fails = async (io, url, options) => (await next(io(url, { ...FAILED, ...options }), "connect_error"))[0];

/** Returns the texts of the errors that the documents list, as they occur. */
async function errorsOf({ launch, server }) {
  const texts = [];
  const nowhere = "ws://127.0.0.1:9";
  const wechat = launch("wechat-android").require("tidewire");
  texts.push((await fails(wechat.io, nowhere, { transports: ["websocket"] })).message);
  texts.push((await fails(wechat.io, nowhere, { transports: ["polling"] })).message);
  texts.push((await fails(wechat.io, `${server.url}/nope`)).message);
  const silent = launch("wechat-android", { neverCallsBack: true }).require("tidewire");
  texts.push((await fails(silent.io, server.url, { timeout: 50 })).message);

  const kicked = wechat.io(`${server.url}/lab`, FAILED).emit("kick");
  texts.push((await next(kicked, "disconnect"))[0]);

  const jd = launch("jd").require("tidewire");
  const first = jd.io(`${server.url}/lab`, { ...FAILED, transports: ["websocket"] });
  await next(first, "connect");
  texts.push((await fails(jd.io, server.url, { transports: ["websocket"] })).description.message, jd.coreState().errors[0]);
  first.disconnect();

  for (const [fault, path] of [["refuse"], [undefined, "https://example.com/core.wasm"], ["hang"]]) {
    const host = launch("wechat-ios", { wasm: fault });
    const { io, coreState, setWasmPath } = host.require("tidewire");
    if (path) setWasmPath(path);
    const socket = io(server.url, FAILED);
    await until(() => {
      if (fault === "hang") host.clock.advance(1000);
      return coreState().kind === "js";
    }, "the twin runs");
    texts.push(...coreState().errors);
    socket.disconnect();
  }
  const { setHost } = wechat;
  texts.push(messageOf(() => setHost({})));
  const other = launch("wechat-android");
  other.realm.wx = undefined;
  const { io } = other.require("tidewire");
  texts.push(messageOf(() => io(server.url)));
  return texts;
}

function messageOf(run) {
  try {
    run();
  } catch ({ message }) {
    return message.replaceAll("`", "");
  }
  return assert.fail("no error");
}

/** Returns the texts in the table of errors, without those that are reports of others. */
function listedErrors(path) {
  const [, section] = /^## (?:Errors|常见错误)$([^]*?)^## /m.exec(readFileSync(join(npm, path), "utf8"));
  const cells = section.matchAll(/^\| (`[^|]*) \|/gm);
  const own = [...cells].map(([, cell]) => cell).filter((cell) => !/reported|来自反馈/.test(cell));
  return own.map((cell) => cell.replace(/[ （(]+(in|在) `coreState.*|[ （(]+(a reason|断开原因).*/, "").replaceAll("`", ""));
}

// ---- run ----

/** Starts a server of plain WebSockets that sends each text back. */
async function startEcho() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => socket.on("message", (data) => socket.send(String(data))));
  await new Promise((resolve) => server.once("listening", resolve));
  return { url: `ws://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** Runs `use` with the project that has the samples of a document, and with servers. */
async function withLab(path, folder, use) {
  const server = await startServer("testbed");
  const echo = await startEcho();
  const source = join(folder, "source");
  for (const { file, code } of samplesOf(path).filter(({ file }) => file)) {
    mkdirSync(dirname(join(source, file)), { recursive: true });
    const local = code.replace("wss://example.com/echo", echo.url).replace("wss://example.com", server.url.replace("http", "ws"));
    writeFileSync(join(source, file), local);
  }
  const project = await createProject(source);
  const hosts = [];
  const launch = (profile = "wechat-android", fault = {}) => {
    const api = { getStorageSync: () => "a token" };
    hosts.push(new MiniHost(profile, project.root, { fault, api }));
    return hosts.at(-1);
  };
  try {
    await use({ launch, server, folder, root: project.root });
    for (const { refusals, console } of hosts) assert.deepEqual([refusals, console], [[], []]);
  } finally {
    for (const host of hosts) host.stop();
    await server.stop();
    echo.stop();
    project.remove();
  }
  return EXPECTED;
}

/** Runs each sample of a document, and compares its list of errors. */
const checked = (path) => (folder) =>
  withLab(path, folder, async (lab) => {
    for (const { language, file, code } of samplesOf(path)) {
      if (language === "json") JSON.parse(code);
      else await SAMPLES[file](lab);
    }
    const texts = await errorsOf(lab);
    const listed = listedErrors(path);
    assert.ok(listed.length > 10, String(listed));
    for (const text of listed) assert.ok(texts.some((one) => one.includes(text)), `no error has the text: ${text}; those that occur: ${texts.join("; ")}`);
  });

export const MINI_DOCS = Object.fromEntries(DOCUMENTS.map((path) => [`README, ${path}`, checked(path)]));
