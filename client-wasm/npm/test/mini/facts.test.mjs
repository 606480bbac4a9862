// Facts about hosts that no other test is for: who may be reached and with which refusals, the end of a program, buffers, and texts.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { runInContext } from "node:vm";

import { PROFILES } from "./host/facts.mjs";
import { settle } from "./lab.mjs";
import { startServer } from "./servers.mjs";
import { echoServer, miniHost, next, nextOf, until } from "./support.mjs";

async function labServer(t) {
  const server = await startServer("socketio4");
  t.after(() => server.stop());
  return server;
}

/** Returns a socket of a new connection, which ends with the test. */
function open(t, { host, tidewire }, url, options) {
  const socket = tidewire.io(url + "/lab", { forceNew: true, reconnection: false, ...options });
  t.after(() => settle(host, { sockets: [socket] }));
  return socket;
}

/** The refusals of hosts with their texts, and what tidewire calls them. Sources: README.md. */
const REFUSALS = [
  [{ errMsg: "connectSocket:fail url not in domain list", errno: 600002 }, "domain", "websocket"],
  [{ errMsg: "createSocketTask:fail wss url not in domain list" }, "domain", "websocket"],
  [{ errMsg: "request:fail url not in domain list", errno: 600002 }, "domain", "polling"],
  [{ errno: 600002 }, "domain", "polling"],
  [{ error: 11, errorMessage: "无权跨域" }, "domain", "polling"],
  [{ errMsg: "request:fail 不在以下 request 合法域名列表中" }, "domain", "polling"],
  [{ error: 20, errorMessage: "请求 url 不支持 ws,请使用 wss" }, "insecure", "websocket"],
  [{ error: 5 }, "insecure", "websocket"],
  [{ errMsg: "connectSocket:fail fail reach max websocket connect count 5" }, "limit", "websocket"],
  [{ error: 3, errorMessage: "该 appId,socketTaskID 对应的 WebSocket 已存在" }, "limit", "websocket"],
  [{ errMsg: "request:fail exceed max task count", errno: 600007 }, "limit", "polling"],
  [
    { errMsg: "connectSocket:fail: jsapi has no permission, permissionMsg=permission ok, detail=network api interrupted in suspend state" },
    "background",
    "websocket",
  ],
  [{ errMsg: "request:fail interrupted", errno: 600003 }, "background", "polling"],
  [{ error: 7, errorMessage: "证书无效" }, "certificate", "websocket"],
  [{ errMsg: "connectSocket:fail SSL handshake failed" }, "certificate", "websocket"],
  [{ error: 6, errorMessage: "连接超时" }, "other", "websocket"],
  [{ errMsg: "request:fail timeout" }, "other", "polling"],
];

test("each refusal of a host is an error that says what to do", async (t) => {
  for (const [refusal, kind, transport] of REFUSALS) {
    const made = miniHost(t, "wechat-android", { fault: { refuses: refusal } });
    const socket = open(t, made, "https://chat.example.com", { transports: [transport] });
    const [{ message, description }] = await next(socket, "connect_error");
    assert.equal(message, transport === "websocket" ? "websocket error" : "xhr poll error");
    assert.equal(description.kind, kind, JSON.stringify(refusal));
    const { errMsg, errorMessage } = refusal;
    assert.ok(
      description.message.startsWith(errMsg ?? errorMessage ?? `error ${refusal.error}`.replace("error undefined", "the host gave no reason")),
    );
    assert.equal(/chat\.example\.com\/socket\.io\/\): \w+/.test(description.message), kind !== "other", description.message);
    // The fields of the host stay.
    for (const [name, value] of Object.entries(refusal)) assert.equal(description[name], value);
  }
});

test("a server in the vendor's list is reached, and its URL has no port if the list has none", async (t) => {
  const server = await labServer(t);
  const { port } = new URL(server.url);
  const resolve = (url) => url.replace(/^wss?:\/\/[^/]+/, `ws://127.0.0.1:${port}`).replace(/^https?:\/\/[^/]+/, `http://127.0.0.1:${port}`);
  const domains = { socket: ["wss://chat.example.com"], request: ["https://chat.example.com"] };
  for (const url of ["https://chat.example.com", "wss://chat.example.com:443", "https://chat.example.com:443"]) {
    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
      await next(open(t, miniHost(t, "wechat-android", { domains, resolve }), url, { transports }), "connect");
    }
  }
  for (const url of [
    "https://other.example.com",
    "https://chat.example.com:8443",
    "http://chat.example.com",
    "http://127.0.0.1:7001",
    "http://localhost",
  ]) {
    const [{ description }] = await next(
      open(t, miniHost(t, "wechat-android", { domains, resolve }), url, { transports: ["websocket"] }),
      "connect_error",
    );
    assert.equal(description.kind, "domain", url);
  }
  // An address of the local network needs no list.
  await next(open(t, miniHost(t, "wechat-android", { domains, resolve }), "http://192.168.1.7:7001", { transports: ["websocket"] }), "connect");
});

test("a program that the host has destroyed in the background is gone, and a new start connects", async (t) => {
  const server = await labServer(t);
  const made = miniHost(t, "wechat-android");
  const socket = made.tidewire.io(server.url + "/lab", { transports: ["websocket"] });
  await next(socket, "connect");
  const events = [];
  for (const event of ["connect", "disconnect", "connect_error"]) socket.on(event, () => events.push(event));
  await made.host.background(31 * 60_000);
  await until(() => made.host.sockets.size === 0, "its sockets are closed");
  assert.deepEqual(events, []);
  const again = open(t, miniHost(t, "wechat-android"), server.url, { transports: ["websocket"] });
  await next(again, "connect");
  assert.notEqual(again.id, socket.id);
  assert.equal(await again.emitWithAck("echo", 1), 1);
});

test("a trailing NUL, which iOS drops, is kept in events, and lost in the text of a plain WebSocket", async (t) => {
  const server = await labServer(t);
  const echo = await echoServer(t);
  for (const [name, expected] of [
    ["wechat-ios", "a"],
    ["wechat-android", "a\0"],
  ]) {
    const made = miniHost(t, name);
    const socket = open(t, made, server.url, { transports: ["websocket"] });
    await next(socket, "connect");
    assert.equal(await socket.emitWithAck("echo", "a\0"), "a\0");
    const plain = new made.tidewire.WebSocket(echo.url);
    const received = nextOf(plain, "message");
    plain.addEventListener("open", () => plain.send("a\0"));
    assert.equal((await received).data, expected, name);
    const closed = nextOf(plain, "close");
    plain.close();
    await closed;
  }
});

test("buffers of another realm are bytes, on each host and in both directions", async (t) => {
  const server = await labServer(t);
  for (const name of Object.keys(PROFILES)) {
    const made = miniHost(t, name);
    // The host makes its buffers outside the realm of the program.
    const own = runInContext("Uint8Array.of(1, 2, 255)", made.host.realm);
    assert.ok(!(own instanceof Uint8Array));
    const socket = open(t, made, server.url, { transports: ["websocket"] });
    await next(socket, "connect");
    for (const { buffer } of [own, Uint8Array.of(1, 2, 255)]) {
      const answer = await socket.emitWithAck("echo", { buffer });
      assert.equal(Object.prototype.toString.call(answer.buffer), "[object ArrayBuffer]");
      assert.deepEqual([...new Uint8Array(answer.buffer)], [1, 2, 255], name);
    }
  }
});

test("the status of an HTTP error is told, also by Alipay, which calls `fail` for it", async (t) => {
  const http = createServer((_, response) => {
    response.writeHead(503, { "Set-Cookie": "node=b" });
    response.end("busy");
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => http.close());
  for (const name of Object.keys(PROFILES)) {
    const socket = open(t, miniHost(t, name), `http://127.0.0.1:${http.address().port}`, { transports: ["polling"] });
    const [{ message, description, context }] = await next(socket, "connect_error");
    assert.deepEqual([message, description, context.data], ["xhr poll error", 503, "busy"], name);
  }
});

test("Alipay's own error without a status is told with its text", async (t) => {
  const made = miniHost(t, "alipay-multiple", { fault: { refuses: { error: 19, errorMessage: "http status error" } } });
  const [{ description }] = await next(open(t, made, "https://chat.example.com", { transports: ["polling"] }), "connect_error");
  assert.deepEqual([description.message, description.error, description.kind], ["http status error", 19, "other"]);
});

test("uni-app returns a promise unless it gets callbacks, and sockets open either way", async (t) => {
  const server = await labServer(t);
  for (const isPromise of [false, true]) {
    const made = miniHost(t, "wechat-android");
    const { wx } = made.host.realm;
    const connectSocket = (options) => {
      const task = wx.connectSocket(options);
      return isPromise || !options.success ? Promise.resolve(task) : task;
    };
    made.tidewire.setHost({ ...wx, connectSocket });
    const socket = open(t, made, server.url, { transports: ["websocket"] });
    await next(socket, "connect");
    assert.deepEqual([...new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(7).buffer))], [7]);
  }
});
