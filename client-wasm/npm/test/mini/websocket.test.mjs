// The exported `WebSocket`: code for that of browsers runs over the sockets of each host.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PROFILES } from "./host/facts.mjs";
import { echoServer, nextOf as event, miniHost, until } from "./support.mjs";

for (const name of Object.keys(PROFILES)) {
  test(`an echo of text and bytes on ${name}`, async (t) => {
    const { url } = await echoServer(t);
    const { host, tidewire } = miniHost(t, name);
    const { WebSocket } = tidewire;
    const socket = new WebSocket(url);
    const order = [];
    socket.onopen = () => order.push("onopen");
    socket.addEventListener("open", { handleEvent: () => order.push("open") });
    assert.deepEqual([socket.readyState, socket.url, socket.binaryType, socket.bufferedAmount], [WebSocket.CONNECTING, url, "arraybuffer", 0]);
    assert.throws(() => socket.send("early"), { name: "InvalidStateError" });
    await event(socket, "open");
    assert.deepEqual([order, socket.readyState], [["onopen", "open"], socket.OPEN]);
    for (const data of ["", "é中😀", new Uint8Array([0, 1, 255]), new Uint8Array(300).fill(7).buffer, new Uint8Array([9, 1, 2, 9]).subarray(1, 3)]) {
      const received = event(socket, "message");
      socket.send(data);
      const { data: answer, target, origin } = await received;
      assert.deepEqual([target === socket, origin], [true, url]);
      if (typeof data === "string") assert.equal(answer, data);
      else assert.deepEqual([...new Uint8Array(answer)], [...(ArrayBuffer.isView(data) ? data : new Uint8Array(data))]);
    }
    const closed = event(socket, "close");
    socket.close(3001, "enough");
    socket.close(3002, "again");
    assert.equal(socket.readyState, socket.CLOSING);
    const { code, reason, wasClean } = await closed;
    const tells = host.profile.closeCode !== "nothing";
    assert.deepEqual([code, reason, wasClean, socket.readyState], [tells ? 3001 : 1005, tells ? "enough" : "", true, socket.CLOSED]);
    socket.send("late");
    assert.equal(socket.bufferedAmount, 4);
    await until(() => host.sockets.size === 0, "the host has no socket");
  });
}

test("the server's close, with its code, and the one of the background, which is not clean", async (t) => {
  const { url, clients } = await echoServer(t);
  const { host, tidewire } = miniHost(t, "wechat-android");
  const first = new tidewire.WebSocket(url);
  await event(first, "open");
  const closed = event(first, "close");
  for (const client of clients) client.close(4001, "go");
  const { code, reason, wasClean } = await closed;
  assert.deepEqual([code, reason, wasClean], [4001, "go", true]);
  const second = new tidewire.WebSocket(url);
  await event(second, "open");
  const cut = event(second, "close");
  await host.background(60_000);
  const end = await cut;
  assert.deepEqual([end.code, end.reason, end.wasClean], [1006, "interrupted", false]);
});

/** A host with one socket and global events, whose every call and event the test makes. */
function manualHost(made) {
  const on = {};
  const calls = [];
  const api = {};
  for (const name of ["connectSocket", "closeSocket", "sendSocketMessage"]) api[name] = (options) => void calls.push([name, options]);
  for (const name of ["Open", "Message", "Close", "Error"]) {
    on[name] = [];
    api["onSocket" + name] = (listener) => on[name].push(listener);
  }
  made.tidewire.setHost(api);
  return {
    tell: (name, detail = {}) => on[name].forEach((listener) => listener(detail)),
    /** Returns the names of the calls since the last time, and the options of the last one. */
    calls: () => {
      const all = calls.splice(0);
      return { names: all.map(([name]) => name), last: all.length ? all[all.length - 1][1] : undefined };
    },
  };
}

test("a late event of the socket before ends the next one, which the host then closes", async (t) => {
  const made = miniHost(t, "jd");
  const { WebSocket } = made.tidewire;
  const { tell, calls } = manualHost(made);
  const first = new WebSocket("ws://a");
  const failed = event(first, "close");
  calls().last.fail({ errMsg: "connectSocket:fail" });
  await failed;
  const second = new WebSocket("ws://a");
  assert.deepEqual(calls().names, ["connectSocket"]);
  const ended = event(second, "close");
  tell("Error", { errMsg: "of the first" });
  await ended;
  const { names, last } = calls();
  assert.deepEqual(names, ["closeSocket"]);
  // It opens nevertheless, while it is closed, or after the host has said that it has no open socket.
  tell("Open");
  assert.deepEqual(calls().names, ["closeSocket"]);
  last.fail({ errMsg: "closeSocket:fail" });
  tell("Open");
  assert.deepEqual(calls().names, ["closeSocket"]);
  tell("Open");
  assert.deepEqual(calls().names, [], "a socket of the application is not closed");
});

test("a socket that opens after its place was given up is closed", async (t) => {
  const made = miniHost(t, "jd");
  const { tell, calls } = manualHost(made);
  const socket = new made.tidewire.WebSocket("ws://a");
  const end = event(socket, "close");
  socket.close();
  await end;
  assert.deepEqual(calls().names, ["connectSocket", "closeSocket"]);
  made.host.clock.advance(3000);
  await until(() => made.host.clock.pending === 0, "the place is given up");
  tell("Open");
  assert.deepEqual(calls().names, ["closeSocket"]);
});

test("the place of a socket whose end was told is free when the host has closed it, or after three seconds", async (t) => {
  const made = miniHost(t, "jd");
  const { WebSocket } = made.tidewire;
  const { tell, calls } = manualHost(made);
  for (const free of [() => tell("Close"), () => made.host.clock.advance(3000)]) {
    const socket = new WebSocket("ws://a");
    tell("Open");
    const closed = event(socket, "close");
    tell("Close", { code: 1006 });
    await closed;
    assert.deepEqual(calls().names, ["connectSocket", "closeSocket"]);
    const next = new WebSocket("ws://a");
    assert.throws(() => next.send(""), { name: "InvalidStateError" });
    assert.deepEqual(calls().names, [], "it waits");
    free();
    let names = [];
    await until(() => (names = calls().names).length, "the next one is opened");
    assert.deepEqual(names, ["connectSocket"]);
    const end = event(next, "close");
    next.close();
    await end;
    tell("Close");
    calls();
  }
  const socket = new WebSocket("ws://a");
  tell("Open");
  tell("Close");
  const waiting = new WebSocket("ws://a");
  calls();
  const end = event(waiting, "close");
  waiting.close();
  await end;
  tell("Close");
  assert.deepEqual([socket.readyState, calls().names], [WebSocket.CLOSED, []], "one that was closed while it waits is not opened");
});

test("a message before the open event opens the socket, which stays open and ends once", async (t) => {
  const made = miniHost(t, "jd");
  const { tell, calls } = manualHost(made);
  const socket = new made.tidewire.WebSocket("ws://a");
  const types = [];
  for (const type of ["open", "message", "error", "close"]) socket.addEventListener(type, () => types.push(type));
  tell("Message", { data: "early" });
  tell("Open");
  assert.deepEqual(types, ["open", "message"]);
  made.host.clock.advance(60_000);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(socket.readyState, socket.OPEN);
  calls().last.fail({ errMsg: "late" });
  tell("Error", { errMsg: "broken" });
  tell("Close");
  tell("Error", { errMsg: "again" });
  assert.deepEqual(types, ["open", "message", "error", "close"]);
  socket.close();
  assert.equal(socket.readyState, socket.CLOSED);
});

test("the sub-protocol that the server has chosen is told", async (t) => {
  const { url } = await echoServer(t, { handleProtocols: () => "chat" });
  const { tidewire } = miniHost(t, "wechat-android");
  const socket = new tidewire.WebSocket(url, ["superchat", "chat"]);
  await event(socket, "open");
  assert.equal(socket.protocol, "chat");
  socket.close();
  await event(socket, "close");
});

test("a server that is not there is an error, then a close", async (t) => {
  for (const name of ["wechat-android", "alipay-multiple", "jd"]) {
    const { tidewire } = miniHost(t, name);
    const socket = new tidewire.WebSocket("ws://127.0.0.1:9");
    const failed = event(socket, "error");
    const closed = event(socket, "close");
    assert.match((await failed).message, /ECONNREFUSED/);
    assert.deepEqual([(await closed).code, socket.readyState], [1006, 3]);
  }
});

test("a host that never calls back fails after a minute", async (t) => {
  const { host, tidewire } = miniHost(t, "baidu", { fault: { neverCallsBack: true } });
  const socket = new tidewire.WebSocket("ws://127.0.0.1:9");
  const failed = event(socket, "error");
  const closed = event(socket, "close");
  host.clock.advance(60_000);
  assert.match((await failed).message, /did not open/);
  await closed;
});

test("a close that the host does not report happens nevertheless", async (t) => {
  const { url } = await echoServer(t);
  const { host, tidewire } = miniHost(t, "qq");
  const socket = new tidewire.WebSocket(url);
  await event(socket, "open");
  const closed = event(socket, "close");
  host.fault.neverCallsBack = true;
  socket.close();
  host.clock.advance(3000);
  assert.equal((await closed).code, 1006);
});

test("a close before the socket is open is an error and a close, and no socket is left", async (t) => {
  const { url } = await echoServer(t);
  const { host, tidewire } = miniHost(t, "wechat-ios", { fault: { ignoresEarlyClose: true } });
  const socket = new tidewire.WebSocket(url);
  const types = [];
  for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => types.push(type));
  socket.close();
  await until(() => types.length === 2 && host.sockets.size === 0, "the end");
  assert.deepEqual(types, ["error", "close"]);
});

test("arguments that the standard refuses throw", async (t) => {
  const { url } = await echoServer(t);
  const { tidewire } = miniHost(t, "wechat-android");
  const { WebSocket } = tidewire;
  for (const wrong of ["", "ftp://a", "ws://", "ws://a/#b", "ws://a b"]) assert.throws(() => new WebSocket(wrong), { name: "SyntaxError" }, wrong);
  for (const wrong of [["a", "a"], "a b", [""]]) assert.throws(() => new WebSocket(url, wrong), { name: "SyntaxError" });
  const socket = new WebSocket(url.replace("ws", "http"));
  assert.equal(socket.url, url);
  await event(socket, "open");
  for (const code of [999, 1001, 2999, 5000]) assert.throws(() => socket.close(code), { name: "InvalidAccessError" });
  assert.throws(() => socket.close(1000, "é".repeat(62)), { name: "SyntaxError" });
  const closed = event(socket, "close");
  socket.close();
  await closed;
});

test("listeners are called in their order, once each, as in the standard", async (t) => {
  const { url } = await echoServer(t);
  const { tidewire } = miniHost(t, "wechat-android");
  const socket = new tidewire.WebSocket(url);
  const calls = [];
  const first = () => {
    calls.push("first");
    socket.addEventListener("test", added);
    socket.removeEventListener("test", second);
  };
  const second = () => calls.push("second");
  const added = () => calls.push("added");
  socket.addEventListener("test", first);
  socket.addEventListener("test", first);
  socket.addEventListener("test", second);
  socket.addEventListener("test", () => calls.push("once"), { once: true });
  socket.addEventListener("other", () => calls.push("other"));
  socket.addEventListener("test", null);
  socket.dispatchEvent({ type: "test" });
  assert.deepEqual(calls.splice(0), ["first", "once"]);
  socket.dispatchEvent({ type: "test" });
  assert.deepEqual(calls, ["first", "added"]);
  socket.close();
  await event(socket, "close");
});

test("an error of a listener stops neither the others nor the socket", async (t) => {
  const { url } = await echoServer(t);
  const { host, tidewire } = miniHost(t, "wechat-android");
  const socket = new tidewire.WebSocket(url);
  const thrown = [];
  const run = host.clock.setTimeout.bind(host.clock);
  host.clock.setTimeout = (call, delay) =>
    run(() => {
      try {
        call();
      } catch (error) {
        thrown.push(error.message);
      }
    }, delay);
  socket.onopen = () => {
    throw new Error("mine");
  };
  await event(socket, "open");
  await until(() => thrown.length === 1, "the error is thrown later");
  assert.deepEqual([thrown, socket.readyState], [["mine"], 1]);
  const closed = event(socket, "close");
  socket.close();
  await closed;
});
