/** A platform whose functions throw: each error is told as a failed connection, and the usual reconnection follows. */

import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { test } from "node:test";
import * as ws from "ws";

import { NodeXHR } from "../../src/node/requests.js";
import { NodeWebSocket, optional } from "../../src/node/sockets.js";
import { platform } from "../../src/platform.js";
import type { TransportConstructor } from "../../src/transport.js";
import { Fetch, WebSocket, XHR } from "../../src/web-transports.js";
import { FakeHost, type FakeTransport, fakeGlobal, HANDSHAKE, thrown } from "./support/host.js";

optional.ws = () => ws;

/** Resolves after the promises that report errors. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

type Kind = "polling" | "websocket";

/**
 * Connects with a class of the platform and headers that it rejects, then reconnects with good ones. Returns the errors that are told. The
 * class is replaced by a fake when the headers are good.
 */
async function refused(kind: Kind, Class: TransportConstructor, bad: Record<string, any>): Promise<any[]> {
  const host = new FakeHost();
  const { [kind]: Fake } = platform.transports;
  platform.transports[kind] = function (...args: ConstructorParameters<TransportConstructor>) {
    return new (args[1].extraHeaders === bad ? Class : Fake)(...args);
  } as any;
  const told: any[] = [];
  const socket = host.socket({ transports: [kind], extraHeaders: bad });
  socket.on("connect_error", (error: any) => told.push(error));
  socket.io.on("reconnect_attempt", () => told.push("again"));
  await settled();
  host.advance(1000);
  await settled();
  socket.io.opts.extraHeaders = { authorization: "good" };
  host.advance(5000);
  assert.equal(host.transports.length, 1);
  if (kind === "websocket") host.accept();
  else host.transport.receive(HANDSHAKE).closed = true;
  assert.equal(socket.io.engine.readyState, "open");
  socket.disconnect();
  return told.map((what) => (what.message ? [what.message, what.description && what.description.message] : what));
}

/** The platform rejects headers when it is asked to set them. */
class StrictXhr {
  open() {}
  setRequestHeader(name: string) {
    if (name === "a b") throw new Error("bad name");
  }
  abort() {}
}

function refuse(): never {
  throw new Error("bad name");
}

test("headers that the platform rejects: `connect_error`, reconnection, and a connection once they are right", async (t) => {
  fakeGlobal(t, "XMLHttpRequest", StrictXhr);
  // React Native passes headers to it.
  fakeGlobal(t, "WebSocket", refuse);
  fakeGlobal(t, "Headers", refuse);
  const missing = 'Invalid value "undefined" for header "authorization"';
  const breaks = 'Invalid character in header content ["authorization"]';
  const twice = (error: unknown) => [error, "again", error, "again"];
  const cases: [Kind, TransportConstructor, Record<string, any>, unknown][] = [
    ["polling", NodeXHR, { authorization: undefined }, ["xhr poll error", missing]],
    ["polling", NodeXHR, { authorization: "a\nb" }, ["xhr poll error", breaks]],
    ["websocket", NodeWebSocket, { authorization: undefined }, [missing, undefined]],
    ["websocket", NodeWebSocket, { authorization: "a\nb" }, [breaks, undefined]],
    ["polling", XHR, { "a b": "" }, ["xhr poll error", "bad name"]],
    ["websocket", WebSocket, { "a b": "" }, ["bad name", undefined]],
    ["polling", Fetch, { "a b": "" }, ["fetch read error", "bad name"]],
  ];
  for (const [kind, Class, headers, error] of cases) assert.deepEqual(await refused(kind, Class, headers), twice(error), JSON.stringify(error));
});

test("a connection of `ws` ends if the server pings on and does not read the pongs", () => {
  class Socket extends EventEmitter {
    bufferedAmount = 0;
    terminated = 0;
    terminate() {
      this.terminated++;
    }
  }
  const socket = new Socket();
  const installed = optional.ws;
  optional.ws = () => ({
    WebSocket: function () {
      return socket;
    },
  });
  new NodeWebSocket("ws://h/", { extraHeaders: { a: "b" } }, { opened() {}, received() {}, lost() {} });
  optional.ws = installed;
  const pings = (count: number) => {
    for (let i = 0; i < count; i++) socket.emit("ping");
    return socket.terminated;
  };
  assert.equal(pings(5000), 0);
  socket.bufferedAmount = 1;
  assert.equal(pings(1000), 0);
  assert.equal(pings(1), 1);
});

test("a bad port or path is `connect_error`, also at the start", async () => {
  for (const [port, path] of [
    [99999, "/socket.io"],
    [81, "chat"],
  ] as const) {
    const host = new FakeHost();
    platform.transports.polling = NodeXHR;
    const socket = host.socket({ transports: ["polling"], hostname: "127.0.0.1", path, autoConnect: false });
    socket.io.uri = undefined;
    Object.assign(socket.io.opts, { port });
    const errors: string[] = [];
    socket.on("connect_error", (error) => errors.push(error.message));
    socket.connect();
    await settled();
    assert.deepEqual(errors, ["xhr poll error"]);
    socket.disconnect();
  }
});

test("a socket that is closed before the error is told hears nothing", async () => {
  const host = new FakeHost();
  platform.transports.polling = NodeXHR;
  const socket = host.socket({ transports: ["polling"], extraHeaders: { a: undefined as any } });
  socket.on("connect_error", () => assert.fail());
  socket.disconnect();
  await settled();
  assert.equal(host.timers, 0);
});

test("an error of `send` ends the connection", async () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const told: unknown[] = [];
  socket.on("disconnect", (reason, details: any) => told.push(reason, details && details.message));
  host.transport.send = () => {
    throw new Error("no more memory");
  };
  assert.equal(
    thrown(() => socket.emit("a")),
    undefined,
  );
  await settled();
  assert.deepEqual(told, ["transport error", "no more memory"]);
  host.advance(1000);
  host.accept();
  assert.ok(socket.connected);
  socket.off("disconnect").disconnect();
});

test("an error of `close` changes nothing", () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  host.transport.close = () => {
    throw new Error("closed already");
  };
  assert.equal(
    thrown(() => socket.disconnect()),
    undefined,
  );
  assert.equal(socket.connected, false);
});

test("an attachment that cannot be read ends a polling session", async () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  host.transport.receive(HANDSHAKE);
  await settled();
  const posted = () => host.transports.filter(({ body, closed }) => body !== undefined && !closed);
  const poll = () => host.transports.filter(({ body }) => body === undefined).at(-1) as FakeTransport;
  posted()[0]?.receive("ok");
  poll().receive('40{"sid":"ID"}');
  assert.ok(socket.connected);
  const told: unknown[] = [];
  socket.on("disconnect", (reason, details: any) => told.push(reason, details && details.message));
  const file = new Blob(["a"]);
  file.arrayBuffer = () => Promise.reject(new Error("the file is gone"));
  socket.emit("file", file);
  await settled();
  assert.deepEqual(told, ["transport error", "the file is gone"]);
  socket.disconnect();
});

test("an unreadable refusal is a refusal, and throws nothing into the transport", () => {
  const host = new FakeHost();
  const socket = host.socket();
  const told: string[] = [];
  socket.on("connect_error", ({ message }) => told.push(message));
  host.transport.on.opened();
  assert.equal(
    thrown(() => host.transport.receive(HANDSHAKE, "44{bad")),
    undefined,
  );
  assert.deepEqual(told, [""]);
});

test("options that become wrong are `connect_error`, until they are right again", async () => {
  const host = new FakeHost();
  const socket = host.connectedSocket();
  const told: string[] = [];
  socket.on("connect_error", ({ message }) => told.push(message));
  socket.io.opts.query = "%" as any;
  host.advance(2000);
  host.transport.on.lost(undefined, {});
  host.advance(1000);
  await settled();
  assert.deepEqual(told, ["URI malformed"]);
  socket.io.opts.query = { a: 1 };
  host.advance(5000);
  assert.equal(host.transports.length, 2);
  host.accept();
  assert.ok(socket.connected);
  socket.disconnect();
});
