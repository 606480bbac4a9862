// The sample project for WeChat: its pages run in the imitated host, with real servers.

import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";

import { parseExpressionAt, tokenizer } from "acorn";

import { MiniHost } from "./host/host.mjs";
import { openPage } from "./host/pages.mjs";
import { createProject } from "./project.mjs";
import { SERVERS, startServer } from "./servers.mjs";
import { until } from "./support.mjs";

const sample = join(import.meta.dirname, "../../examples/wechat");
const read = (...names) => readFileSync(join(sample, ...names), "utf8");
const json = (...names) => JSON.parse(read(...names));

const project = await createProject(sample);
after(() => project.remove());

/** The application on a device of its own: its chat page, and the page about its connection. */
function launch(t, server, { profile = "wechat-android", fault } = {}) {
  const stored = new Map();
  const copied = [];
  const toasts = [];
  const api = {
    getStorageSync: (key) => stored.get(key) ?? "",
    setStorageSync: (key, value) => stored.set(key, value),
    setClipboardData: ({ data }) => copied.push(data),
    showToast: ({ title }) => toasts.push(title),
  };
  const host = new MiniHost(profile, project.root, { api, fault });
  t.after(() => {
    host.stop();
    assert.deepEqual([host.refusals, host.console], [[], []]);
  });
  // A developer writes the address of the server there.
  writeFileSync(join(project.root, "config.js"), `exports.SERVER = "${server.url.replace("http", "ws")}/ptop";`);
  host.require("/app.js");
  host.app.onLaunch();
  const chat = openPage(host, "pages/chat/chat");
  t.after(() => chat.close());
  return { host, chat, status: openPage(host, "pages/status/status"), stored, copied, toasts };
}

function enter({ chat }, name, room) {
  chat.input("onName", name);
  chat.input("onRoom", room);
  chat.tap("onJoin");
}

const isOnline = ({ chat }) => chat.data.status === "已连接";
const texts = ({ chat }, kind) => chat.data.messages.filter((message) => message.kind === kind).map(({ text }) => text);
const memberNames = ({ chat }) => chat.data.members.map(({ name }) => name);

function write({ chat }, text) {
  chat.input("onDraft", text);
  assert.equal(chat.data.canSend, true);
  chat.tap("onSend");
}

async function serve(t, name) {
  const server = await startServer(name);
  t.after(() => server.stop());
  return server;
}

for (const name of Object.keys(SERVERS)) {
  test(`members meet, talk to all and to one, and leave, with ${name}`, async (t) => {
    const server = await serve(t, name);
    const ann = launch(t, server);
    const bob = launch(t, server, { profile: "wechat-ios" });
    const cat = launch(t, server, { profile: "wechat-devtools" });
    enter(ann, "安", "大厅");
    await until(() => isOnline(ann), "ann is online");
    enter(bob, "Bob", "大厅");
    await until(() => memberNames(ann).includes("Bob") && memberNames(bob).includes("安"), "ann and bob know each other");
    enter(cat, "猫", "大厅");
    await until(() => memberNames(ann).includes("猫") && memberNames(bob).includes("猫") && memberNames(cat).length === 2, "all know cat");
    assert.deepEqual(texts(ann, "notice"), ["Bob 来了", "猫 来了"]);
    assert.deepEqual(memberNames(cat).sort(), ["Bob", "安"]);

    write(ann, " 大家好 ");
    await until(() => texts(bob, "theirs").length && texts(cat, "theirs").length, "both have the text");
    const [message] = bob.chat.data.messages.filter(({ kind }) => kind === "theirs");
    assert.deepEqual([message.text, message.title, message.initial], ["大家好", "安", "安"]);
    assert.match(message.time, /^\d\d:\d\d$/);
    assert.deepEqual([ann.chat.data.draft, ann.chat.data.canSend, texts(ann, "mine")], ["", false, ["大家好"]]);
    assert.equal(bob.chat.data.lastMessage, message.id);

    const toAnn = bob.chat.data.members.find((member) => member.name === "安");
    bob.chat.tap("onRecipient", toAnn);
    write(bob, "悄悄话");
    await until(() => texts(ann, "theirs").length, "ann has bob's text");
    assert.deepEqual([texts(ann, "theirs"), bob.chat.data.messages.at(-1).title], [["悄悄话"], "发给 安"]);

    ann.chat.tap("onLeave");
    await until(() => texts(bob, "notice").includes("安 离开了"), "bob sees that ann left");
    assert.deepEqual([memberNames(bob), bob.chat.data.to, ann.chat.data.phase], [["猫"], "", "idle"]);
    // What bob said to ann alone has not come to cat.
    write(bob, "再见");
    await until(() => texts(cat, "theirs").length === 2, "cat has bob's text");
    assert.deepEqual(texts(cat, "theirs"), ["大家好", "再见"]);
  });

  test(`the page about the connection, with ${name}`, async (t) => {
    const server = await serve(t, name);
    const ann = launch(t, server);
    assert.deepEqual([ann.status.data.status, ann.status.data.isJoined], ["未进入房间", false]);
    enter(ann, "安", "大厅");
    assert.equal(ann.status.data.status, "正在连接…");
    await until(() => /^\d+ ms$/.test(ann.status.data.roundTrip), "the round trip is measured");
    const { transport, server: version, core, coreWhy, socketId, log } = ann.status.data;
    assert.deepEqual([transport, core, coreWhy], ["websocket", "WebAssembly", ""]);
    assert.match(version, server.engineVersion === "eio3" ? /2\.x/ : /4\.x/);
    assert.match(log[0].text, new RegExp(`已连接：${socketId}`));

    ann.status.tap("onToggle");
    assert.deepEqual([ann.status.data.isConnectable, ann.status.data.lastEnd, ann.chat.data.status], [true, "io client disconnect", "已断开"]);
    ann.status.tap("onToggle");
    assert.deepEqual([ann.status.data.isConnectable, ann.chat.data.status], [false, "正在连接…"]);
    await until(() => isOnline(ann), "ann is online again");
    assert.equal(ann.status.data.reconnects, 1);
    ann.status.tap("onCopy");
    assert.equal(JSON.parse(ann.copied[0]).transport, "websocket");
  });
}

for (const name of ["testbed", "socketio2", "socketio4"]) {
  test(`a member that the server sends away sees the reason, with ${name}`, async (t) => {
    const ann = launch(t, await serve(t, name));
    for (let round = 0; round < 2; round++) {
      if (round) ann.chat.tap("onComeBack");
      else enter(ann, "安", "gone");
      await until(() => ann.chat.data.reason !== "", "the reason is shown");
      assert.deepEqual([ann.chat.data.status, ann.chat.data.reason], ["已被服务器断开", "deleted, room has been deleted."]);
      assert.deepEqual([ann.status.data.lastEnd, ann.status.data.log.at(-1).text], Array(2).fill(`被服务器拒绝：${ann.chat.data.reason}`));
      assert.equal(ann.status.data.isConnectable, true);
    }
    ann.chat.tap("onLeave");
    assert.equal(ann.chat.data.phase, "idle");
    enter(ann, "安", "大厅");
    await until(() => isOnline(ann), "another room is open");
  });
}

for (const profile of ["wechat-android", "wechat-ios"]) {
  test(`without a network, and after the background, on ${profile}`, async (t) => {
    const server = await serve(t, "socketio4");
    const ann = launch(t, server, { profile });
    const bob = launch(t, server);
    enter(ann, "安", "大厅");
    enter(bob, "Bob", "大厅");
    await until(() => memberNames(ann).length && memberNames(bob).length, "they know each other");
    ann.host.network("none");
    await until(() => ann.chat.data.tone === "bad", "ann has no network");
    assert.deepEqual([ann.chat.data.status, memberNames(ann)], ["网络不可用，恢复后自动重连", []]);
    ann.chat.input("onDraft", "还在吗");
    assert.equal(ann.chat.data.canSend, false);
    ann.host.network("4g");
    await until(() => isOnline(ann) && memberNames(ann)[0] === "Bob", "ann is back and knows bob");
    assert.match(ann.status.data.lastEnd, /^transport close/);
    assert.equal(ann.status.data.reconnects, 1);

    await ann.host.background(600_000);
    await until(() => ann.status.data.reconnects === 2 && memberNames(ann)[0] === "Bob", "ann is back from the background");
    ann.chat.input("onDraft", "回来了");
    write(ann, "回来了");
    await until(() => texts(bob, "theirs").includes("回来了"), "bob has ann's text");
  });
}

test("a server that restarts, and one that blocks WebSockets", async (t) => {
  const server = await serve(t, "testbed");
  const ann = launch(t, server, { fault: { connectThrows: true } });
  enter(ann, "安", "大厅");
  await until(() => isOnline(ann), "ann is online");
  assert.equal(ann.status.data.transport, "polling");
  await server.restart();
  await until(() => ann.status.data.reconnects === 1, "ann is back");
  assert.equal(ann.status.data.recovery, "新会话");
  assert.ok(ann.status.data.log.some(({ text }) => text.startsWith("断开：")));
});

test("a server that is not there is told with the reason of the host", async (t) => {
  const server = await startServer("testbed");
  await server.stop();
  const ann = launch(t, server);
  enter(ann, "安", "大厅");
  await until(() => /ECONNREFUSED/.test(ann.status.data.lastError), "the reason");
  assert.equal(ann.chat.data.tone, "busy");
});

test("a core that the host refuses is told with its reason", async (t) => {
  const ann = launch(t, await serve(t, "socketio4"), { fault: { wasm: "refuse" } });
  enter(ann, "安", "大厅");
  await until(() => isOnline(ann), "ann is online");
  assert.equal(ann.status.data.core, "JavaScript");
  assert.match(ann.status.data.coreWhy, /invalid wasm file/);
});

test("a form that is not filled in, and what the device remembers", async (t) => {
  const ann = launch(t, await serve(t, "testbed"));
  assert.deepEqual(ann.chat.data.profile, { name: "", roomName: "大厅" });
  enter(ann, "  ", "大厅");
  assert.deepEqual([ann.toasts, ann.chat.data.phase], [["请填写昵称和房间"], "idle"]);
  enter(ann, " 安 ", "大厅");
  assert.deepEqual({ ...ann.stored.get("profile") }, { name: "安", roomName: "大厅" });
  await until(() => isOnline(ann), "ann is online");
});

test("what other programs of the room send is shown as it is", async (t) => {
  const server = await serve(t, "testbed");
  const ann = launch(t, server);
  enter(ann, "安", "大厅");
  await until(() => isOnline(ann), "ann is online");
  const { io } = ann.host.require("tidewire");
  const other = io(`${server.url}/ptop`, { forceNew: true, query: { room: "大厅", userId: "bot" } });
  t.after(() => other.disconnect());
  await until(() => memberNames(ann).length, "ann sees the other");
  for (const payload of [{ msg: "test" }, "text", null, 7, { kind: "text" }]) other.emit("exchange", { target: ann.status.data.socketId, payload });
  await until(() => texts(ann, "theirs").length === 5, "all are shown");
  assert.deepEqual(texts(ann, "theirs"), ['{"msg":"test"}', '"text"', "null", "7", "undefined"]);
  assert.match(memberNames(ann)[0], /^访客 .{4}$/);
});

// ---- the files ----

const pages = json("app.json").pages;

/** Returns the names that the expressions of a template use: those of the page's data. */
function namesIn(template) {
  const names = new Set();
  for (const [, expression] of template.matchAll(/\{\{(.*?)\}\}/gs)) {
    parseExpressionAt(expression, 0, { ecmaVersion: 2015 });
    let before;
    for (const { type, value } of tokenizer(expression, { ecmaVersion: 2015 })) {
      if (type.label === "name" && before !== ".") names.add(value);
      before = type.label;
    }
  }
  return names;
}

test("each page has its files, and its template uses methods and data that it has", async (t) => {
  const { host } = launch(t, await serve(t, "testbed"));
  for (const page of pages) {
    json(`${page}.json`);
    const { data, ...methods } = host.pages[page];
    const template = read(`${page}.wxml`);
    for (const [, , name] of template.matchAll(/\s(bind\w+)="(\w+)"/g)) assert.equal(typeof methods[name], "function", `${page}: ${name}`);
    for (const name of namesIn(template)) assert.ok(["item", "index"].includes(name) || name in data, `${page}: ${name}`);
    for (const [, url] of template.matchAll(/url="\/([^"]*)"/g)) assert.ok(pages.includes(url), url);
    for (const [, name] of (read(`${page}.wxss`) + read("app.wxss")).matchAll(/var\((--[\w-]+)\)/g))
      assert.ok(read("app.wxss").includes(`${name}:`), name);
  }
});

test("the settings name files and colours that exist", () => {
  const app = json("app.json");
  const { light, dark } = json(app.themeLocation);
  json(app.sitemapLocation);
  for (const value of Object.values(app.window).filter((text) => text.startsWith("@"))) {
    const name = value.slice(1);
    assert.ok(name in light && name in dark, value);
  }
  const { miniprogramRoot, compileType, setting } = json("project.config.json");
  assert.deepEqual([miniprogramRoot, compileType, setting.es6], ["", "miniprogram", true]);
  assert.ok("tidewire" in json("package.json").dependencies);
  for (const page of app.pages) for (const kind of ["js", "wxml", "wxss"]) assert.ok(existsSync(join(sample, `${page}.${kind}`)), `${page}.${kind}`);
});
