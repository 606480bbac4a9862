// Hosts that call back in other ways than they document: within a call, in another order, or with other types.

import assert from "node:assert/strict";
import { test } from "node:test";

import { miniHost, next, nextOf, until } from "./support.mjs";

const HANDSHAKE = '0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}';

/** Returns `connectSocket` of a host whose one socket the test controls: `on` has its listeners, `task` replaces its functions. */
function manualSocket(task) {
  const on = {};
  const listen = (event) => (listener) => (on[event] = listener);
  const events = { onOpen: listen("open"), onMessage: listen("message"), onClose: listen("close"), onError: listen("error") };
  return { on, connectSocket: () => ({ send() {}, close() {}, ...events, ...task(on) }) };
}

/** Returns `request` of a host whose server has one client: it answers with the fields of `response`, those of a POST replaced by `post`. */
function manualRequests(response, post = { data: "ok" }) {
  const bodies = [HANDSHAKE, '40{"sid":"z"}'];
  return ({ method, success }) => {
    const answer = method === "POST" ? post : { data: bodies.shift() };
    if (method === "POST" || answer.data) setImmediate(() => success({ statusCode: 200, ...response, ...answer }));
  };
}

const POLLING = { transports: ["polling"], reconnection: false };

test("events within a call of the host come after it, before later ones", async (t) => {
  for (const name of ["qq", "wechat-ios"]) {
    const { on, connectSocket } = manualSocket((on) => ({ send: ({ data }) => on.message({ data }) }));
    const { tidewire } = miniHost(t, name, { api: { connectSocket } });
    const socket = new tidewire.WebSocket("ws://a");
    on.open();
    const events = [];
    for (const type of ["message", "close"]) socket.addEventListener(type, ({ data = type }) => events.push(data));
    const closed = nextOf(socket, "close");
    socket.send("first");
    assert.deepEqual(events, []);
    on.message({ data: "second" });
    on.close({ code: 1000 });
    await closed;
    assert.deepEqual(events, ["first", "second", "close"]);
  }
});

test("a host that closes within the call tells it after the call", async (t) => {
  const { on, connectSocket } = manualSocket((on) => ({ close: () => on.close({ code: 1000, reason: null }) }));
  const { tidewire } = miniHost(t, "qq", { api: { connectSocket } });
  const socket = new tidewire.WebSocket("ws://a");
  on.open();
  socket.close();
  assert.equal(socket.readyState, socket.CLOSING);
  const { code, reason, wasClean } = await nextOf(socket, "close");
  assert.deepEqual([code, reason, wasClean], [1000, "", true]);
});

test("a WebSocket that has no host throws, and leaves no timer", async (t) => {
  const { host, tidewire } = miniHost(t, "qq", { api: { connectSocket: undefined, request: undefined } });
  const timers = host.clock.pending;
  assert.throws(() => new tidewire.WebSocket("ws://a"), /no mini-program host/);
  assert.equal(host.clock.pending, timers);
});

test("a host that refuses a listener is imported, and connects", async (t) => {
  for (const name of ["onAppShow", "onAppHide", "onNetworkStatusChange", "onSocketClose"]) {
    const refused = () => {
      throw new Error(`${name} is not supported in a plugin`);
    };
    const { tidewire } = miniHost(t, "qq", { api: { [name]: refused, request: manualRequests({}) } });
    const socket = tidewire.io("http://a", POLLING);
    await next(socket, "connect");
    socket.io._close();
  }
});

test("cookies and statuses of other types lose no response", async (t) => {
  const responses = [{ cookies: {} }, { cookies: 7 }, { cookies: "a=b" }, { cookies: [null, {}] }, { header: "none" }, { statusCode: "200" }];
  responses.push({ header: { "set-cookie": Object.create(null) } }, { statusCode: undefined, status: "200" });
  for (const response of responses) {
    const { tidewire } = miniHost(t, "qq", { api: { request: manualRequests(response) } });
    const socket = tidewire.io("http://a", POLLING);
    await next(socket, "connect");
    socket.io._close();
  }
});

test("the answer to a POST needs no body", async (t) => {
  for (const post of [{}, { data: null }, { data: { ok: true } }, { data: "" }]) {
    const { tidewire } = miniHost(t, "qq", { api: { request: manualRequests({}, post) } });
    const socket = tidewire.io("http://a", POLLING);
    const ends = [];
    socket.on("disconnect", (reason) => ends.push(reason));
    await next(socket, "connect");
    let isSent = false;
    socket.emit("echo", 1);
    socket.io.engine.once("drain", () => (isSent = true));
    await until(() => isSent, "the event is sent");
    assert.deepEqual(ends, []);
    socket.io._close();
  }
});

test("a request whose `abort` fails later is given up quietly", async (t) => {
  let aborted = 0;
  const request = () => ({
    abort() {
      aborted++;
      return Promise.reject(new Error("there is no such request"));
    },
  });
  const rejections = [];
  const note = (error) => rejections.push(error);
  process.on("unhandledRejection", note);
  t.after(() => process.off("unhandledRejection", note));
  const { tidewire } = miniHost(t, "qq", { api: { request } });
  const socket = tidewire.io("http://a", { ...POLLING, timeout: 50 });
  await next(socket, "connect_error");
  await until(() => aborted === 1, "the request is aborted");
  await new Promise(setImmediate);
  assert.deepEqual(rejections, []);
});

test("an error of any type has a text", async (t) => {
  const none = Object.create(null);
  for (const given of [Symbol("x"), none, { error: none }, { errMsg: Symbol("x") }, { error: Symbol("x") }, { errno: none }, () => {}, [], ""]) {
    const connectSocket = ({ fail }) => {
      setImmediate(() => fail(given));
      return manualSocket(() => ({})).connectSocket();
    };
    const { tidewire } = miniHost(t, "qq", { api: { connectSocket } });
    const socket = tidewire.io("http://a", { transports: ["websocket"], reconnection: false });
    const [{ description }] = await next(socket, "connect_error");
    assert.deepEqual([description.message, description.kind], ["the host gave no reason", "other"]);
  }
});
