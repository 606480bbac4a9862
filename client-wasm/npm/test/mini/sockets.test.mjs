// The rules of sockets and requests: how many there are, what they carry, and how their ends are seen. Faults of hosts: faults.test.mjs.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after, before, test } from "node:test";

import { settle } from "./lab.mjs";
import { startServer } from "./servers.mjs";
import { echoServer, miniHost, next, until } from "./support.mjs";

let server;
before(async () => {
  server = await startServer("socketio4");
});
after(() => server.stop());

const WEBSOCKET = { transports: ["websocket"] };

/** Returns a socket of a new connection, which ends with the test. */
function open(t, { host, tidewire }, options, url = server.url) {
  const socket = tidewire.io(url + "/lab", { forceNew: true, reconnectionDelay: 20, ...options });
  t.after(() => settle(host, { sockets: [socket] }));
  return socket;
}

test("a frame that the host does not take ends the connection, and the event is sent again after it", async (t) => {
  const made = miniHost(t, "qq");
  const socket = open(t, made, WEBSOCKET);
  await next(socket, "connect");
  made.host.fault.sendFails = true;
  const left = next(socket, "disconnect");
  socket.emit("echo", "lost");
  assert.equal((await left)[0], "transport error");
  made.host.fault.sendFails = false;
  assert.equal(await socket.emitWithAck("echo", "kept"), "kept");
});

test("a host that ignores a close while it connects has no socket left", async (t) => {
  const made = miniHost(t, "wechat-ios", { fault: { ignoresEarlyClose: true } });
  for (let n = 0; n < 10; n++) {
    const { opened } = made.host;
    const socket = made.tidewire.io(server.url + "/lab", { forceNew: true, ...WEBSOCKET });
    await until(() => made.host.opened > opened, "the host opens a socket");
    socket.disconnect();
    await until(() => made.host.sockets.size === 0, "the host closes it");
  }
});

test("five sockets are open at once, and the sixth is refused", async (t) => {
  for (const name of ["wechat-android", "alipay-multiple", "douyin"]) {
    const { host, app } = miniHost(t, name);
    const lab = { url: server.url, sockets: [], options: {} };
    assert.equal(await app.limit(lab, 5), "websocket error");
    assert.equal(host.sockets.size, 5);
    await settle(host, lab);
  }
});

test("a host with one socket refuses the second, and reuses its place", async (t) => {
  for (const name of ["alipay-global", "jd"]) {
    const { host, app } = miniHost(t, name);
    const lab = { url: server.url, sockets: [], options: {} };
    assert.equal(await app.limit(lab, 1), "websocket error");
    await settle(host, lab);
  }
});

test("headers and sub-protocols reach the server", async (t) => {
  for (const name of ["wechat-android", "alipay-multiple", "jd"]) {
    const echo = await echoServer(t, { handleProtocols: () => "chat" });
    const made = miniHost(t, name);
    open(t, made, { ...WEBSOCKET, protocols: "chat", extraHeaders: { "X-Token": "secret" } }, echo.url);
    await until(() => echo.requests.length, "a connection");
    const { headers } = echo.requests[0];
    assert.deepEqual([headers["sec-websocket-protocol"], headers["x-token"]], ["chat", "secret"]);
  }
});

test("requests and the upgrade of a sticky session carry the cookies of its server", async (t) => {
  for (const name of ["wechat-android", "alipay-multiple"]) {
    const seen = [];
    const sticky = createServer((request, response) => {
      seen.push(request.headers.cookie);
      const isFirst = !/sid=/.test(request.url);
      response.setHeader("Set-Cookie", ["node=a1; Path=/; Expires=Wed, 09 Jun 2100 10:18:14 GMT", "lb=b2;Path=/;HttpOnly"]);
      response.end(
        isFirst
          ? '0{"sid":"s","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}'
          : request.method === "POST"
            ? "ok"
            : "6",
      );
    });
    sticky.on("upgrade", (request, socket) => {
      seen.push("upgrade " + request.headers.cookie);
      socket.destroy();
    });
    await new Promise((resolve) => sticky.listen(0, "127.0.0.1", resolve));
    t.after(() => {
      sticky.closeAllConnections();
      sticky.close();
    });
    const made = miniHost(t, name);
    const socket = open(t, made, {}, `http://127.0.0.1:${sticky.address().port}`);
    await until(() => seen.some((cookie) => /^upgrade/.test(cookie)) && seen.length > 3, "an upgrade");
    socket.io._close();
    const cookies = "node=a1; lb=b2";
    assert.equal(seen[0], undefined);
    assert.deepEqual(new Set(seen.slice(1)), new Set([cookies, "upgrade " + cookies]));
  }
});

test("the cookies of the 20 servers that were used last are kept", async (t) => {
  const seen = [];
  const http = createServer((request, response) => {
    seen.push([request.headers["x-server"], request.headers.cookie]);
    response.setHeader("Set-Cookie", "node=a1");
    response.writeHead(503);
    response.end();
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => http.close());
  const resolve = (url) => url.replace(/^http:\/\/[^/]+/, `http://127.0.0.1:${http.address().port}`);
  const made = miniHost(t, "wechat-android", { resolve });
  const visit = async (name) => {
    const options = { transports: ["polling"], extraHeaders: { "X-Server": name }, reconnection: false };
    await next(open(t, made, options, `http://${name}.example.com`), "connect_error");
    return seen.pop();
  };
  assert.deepEqual(await visit("first"), ["first", undefined]);
  assert.deepEqual(await visit("first"), ["first", "node=a1"]);
  for (let n = 0; n < 19; n++) await visit(`other${n}`);
  assert.deepEqual(await visit("first"), ["first", "node=a1"]);
  for (let n = 0; n < 20; n++) await visit(`another${n}`);
  assert.deepEqual(await visit("first"), ["first", undefined]);
});

test("a network that is gone is not tried at once, and one that is back is", async (t) => {
  const made = miniHost(t, "wechat-android");
  const socket = open(t, made, { ...WEBSOCKET, reconnectionDelay: 3_600_000, reconnectionDelayMax: 3_600_000 });
  await next(socket, "connect");
  const left = next(socket, "disconnect");
  made.host.network("none");
  await left;
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(made.host.opened, 1);
  const back = next(socket, "connect");
  made.host.network("wifi");
  await back;
});

test("a close that tells no task counts for ten seconds after the background only", async (t) => {
  const made = miniHost(t, "wechat-ios");
  const socket = open(t, made, WEBSOCKET);
  await next(socket, "connect");
  const ends = [];
  socket.on("disconnect", (reason) => ends.push(reason));
  await made.host.background(1000);
  await socket.emitWithAck("echo", 1);
  made.host.clock.advance(11_000);
  made.host.reportGlobalClose({ code: 1000, reason: "of the application's own socket" });
  assert.equal(await socket.emitWithAck("echo", 2), 2);
  assert.deepEqual(ends, []);
});

test("after a close that only a global event tells, the connection comes back before its heartbeat is due", async (t) => {
  const made = miniHost(t, "wechat-ios");
  const socket = open(t, made, WEBSOCKET);
  await next(socket, "connect");
  const back = next(socket, "connect");
  const left = next(socket, "disconnect");
  await made.host.background(12_000);
  assert.equal((await left)[0], "transport close");
  await back;
});

test("a close that tells no task ends no socket that was opened after the background", async (t) => {
  const made = miniHost(t, "wechat-ios");
  const socket = open(t, made, WEBSOCKET);
  await next(socket, "connect");
  const back = next(socket, "connect");
  await made.host.background(600_000);
  await back;
  const ends = [];
  socket.on("disconnect", (reason) => ends.push(reason));
  made.host.hasReportedClose = false;
  made.host.reportGlobalClose({ code: 1000, reason: "of another socket" });
  assert.equal(await socket.emitWithAck("echo", 1), 1);
  assert.deepEqual(ends, []);
});

test("a close that tells no task ends none of several sockets", async (t) => {
  const made = miniHost(t, "wechat-ios");
  const sockets = [open(t, made, WEBSOCKET), open(t, made, WEBSOCKET)];
  const ends = [];
  for (const socket of sockets) {
    if (!socket.connected) await next(socket, "connect");
    socket.on("disconnect", (reason) => ends.push(reason));
  }
  await made.host.background(1000);
  await sockets[0].emitWithAck("echo", 1);
  made.host.reportGlobalClose({ code: 1000, reason: "interrupted" });
  for (const socket of sockets) assert.equal(await socket.emitWithAck("echo", 2), 2);
  assert.deepEqual(ends, []);
});

test("a task that comes after the socket was closed is closed, too", async (t) => {
  const made = miniHost(t, "wechat-android");
  const { wx } = made.host.realm;
  let give;
  const connectSocket = (options) =>
    new Promise((resolve) => {
      give = () => resolve(wx.connectSocket(options));
    });
  made.tidewire.setHost({ connectSocket });
  const socket = open(t, made, WEBSOCKET);
  await until(() => give, "the host is asked");
  socket.disconnect();
  give();
  await until(() => made.host.opened === 1 && made.host.sockets.size === 0, "the host closes it");
});

test("a host that is given again is listened to once", async (t) => {
  const made = miniHost(t, "wechat-android");
  let listeners = 0;
  const api = { ...made.host.realm.wx, onAppShow: () => listeners++ };
  for (let n = 0; n < 3; n++) made.tidewire.setHost(api);
  assert.equal(listeners, 1);
});

test("another host is given, as Taro is: its functions return promises", async (t) => {
  const made = miniHost(t, "wechat-android");
  const { wx } = made.host.realm;
  const Taro = {
    connectSocket: async (options) => wx.connectSocket(options),
    request: (options) =>
      new Promise((resolve, reject) => {
        const both = (first, second) => (value) => [first, second].forEach((call) => call(value));
        wx.request({ ...options, success: both(options.success, resolve), fail: both(options.fail, reject) });
      }),
  };
  made.tidewire.setHost(Taro);
  for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
    const socket = open(t, made, { transports });
    await next(socket, "connect");
    assert.equal(await socket.emitWithAck("echo", "Taro"), "Taro");
  }
  for (const wrong of [undefined, {}, "wx", { api: {} }]) assert.throws(() => made.tidewire.setHost(wrong), /neither `connectSocket` nor `request`/);
});

test("another host is given with its facts: bytes as base64, and its loader of WebAssembly", async (t) => {
  const alipay = miniHost(t, "alipay-multiple");
  alipay.tidewire.setHost({ api: alipay.host.realm.my, base64: true, multiple: true });
  const socket = open(t, alipay, WEBSOCKET);
  await next(socket, "connect");
  assert.deepEqual([...new Uint8Array(await socket.emitWithAck("echo", Uint8Array.of(1, 255).buffer))], [1, 255]);
  const wechat = miniHost(t, "wechat-android");
  const { wx, WXWebAssembly } = wechat.host.realm;
  for (const [given, kind] of [
    [{ api: wx, wasm: WXWebAssembly }, "wasm"],
    [wx, "js"],
  ]) {
    const made = miniHost(t, "wechat-android");
    made.tidewire.setHost(given);
    await next(open(t, made, WEBSOCKET), "connect");
    assert.equal(made.tidewire.coreState().kind, kind);
  }
});
