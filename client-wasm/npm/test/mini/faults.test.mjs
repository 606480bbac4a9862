// Hosts that misbehave, each fault on every host: it ends in the documented event or error, once, and no callback of a dead socket is heard.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PROFILES } from "./host/facts.mjs";
import { settle } from "./lab.mjs";
import { startServer } from "./servers.mjs";
import { miniHost, next, until } from "./support.mjs";

let server;
before(async () => {
  server = await startServer("socketio4");
});
after(() => server.stop());

const EVENTS = ["connect", "connect_error", "disconnect", "echo"];
const later = (span = 60) => new Promise((resolve) => setTimeout(resolve, span));

/** Runs `test` with a socket of a new connection. Returns the names of the socket's events, with the text of an error or reason, in their order. */
async function record(t, name, { fault = {}, transports = ["websocket"] }, test) {
  const { host, tidewire } = miniHost(t, name, { fault: { ...fault } });
  const socket = tidewire.io(server.url + "/lab", { forceNew: true, reconnection: false, transports });
  const events = [];
  for (const event of EVENTS) socket.on(event, (detail) => events.push(event + (detail === undefined ? "" : ` ${detail.message ?? detail}`)));
  await test({ host, socket });
  await later();
  const heard = events.slice();
  host.fault = {};
  await settle(host, { sockets: [socket] });
  return heard;
}

const failed = async ({ socket }, text) => {
  const [{ description }] = await next(socket, "connect_error");
  assert.match(description.message, text);
  assert.equal(description.kind, "other");
};

const ended = async ({ host, socket }, fault, act) => {
  await next(socket, "connect");
  const left = next(socket, "disconnect");
  host.fault[fault] = true;
  act(socket);
  await left;
};

const emitBytes = (socket) => socket.emit("echo", new Uint8Array([0, 200]).buffer);

/** By the name of a fault: what happens then, and the events of the socket. */
const FAULTS = {
  "`connectSocket` throws": {
    fault: { connectThrows: true },
    run: (made) => failed(made, /^connectSocket: invoke failed$/),
    events: ["connect_error websocket error"],
  },
  "`request` throws": {
    fault: { requestThrows: true },
    transports: ["polling"],
    run: async ({ socket }) => {
      await next(socket, "connect_error");
    },
    events: ["connect_error xhr poll error"],
  },
  "`send` throws": {
    run: (made) => ended(made, "sendThrows", (socket) => socket.emit("echo", 1)),
    events: ["connect", "disconnect transport error"],
  },
  "`send` fails": {
    run: (made) => ended(made, "sendFails", (socket) => socket.emit("echo", 1)),
    events: ["connect", "disconnect transport error"],
  },
  "`close` throws": {
    run: (made) => ended(made, "closeThrows", (socket) => socket.disconnect()),
    events: ["connect", "disconnect io client disconnect"],
  },
  "`fail` is called after `success` and the open event": {
    fault: { failsLate: true },
    run: async ({ socket }) => {
      await next(socket, "connect");
      assert.equal(await socket.emitWithAck("echo", 1), 1);
    },
    events: ["connect"],
  },
  "nothing calls back over a WebSocket": {
    fault: { neverCallsBack: true },
    run: async ({ host, socket }) => {
      const error = next(socket, "connect_error");
      host.clock.advance(20_000);
      await error;
    },
    events: ["connect_error timeout"],
  },
  "nothing calls back over polling": {
    fault: { neverCallsBack: true },
    transports: ["polling"],
    run: async ({ host, socket }) => {
      const error = next(socket, "connect_error");
      host.clock.advance(20_000);
      await error;
    },
    events: ["connect_error timeout"],
  },
  "a text comes where bytes were sent": {
    run: (made) => ended(made, "textForBytes", emitBytes),
    events: ["connect", "disconnect transport error"],
  },
  "a message has neither text nor bytes": {
    run: (made) => ended(made, "junk", (socket) => socket.emit("echo", 1)),
    events: ["connect", "disconnect transport error"],
  },
  "a message is missing": {
    run: (made) => ended(made, "noMessage", (socket) => socket.emit("echo", 1)),
    events: ["connect", "disconnect transport error"],
  },
  "the socket closes as it opens": {
    fault: { closesOnOpen: true },
    run: async ({ socket }) => {
      await next(socket, "connect_error");
    },
    events: ["connect_error server error"],
  },
  "the socket closes while it connects": {
    fault: { closesEarly: true },
    run: async ({ socket }) => {
      await next(socket, "connect_error");
    },
    events: ["connect_error server error"],
  },
  "`fail` is called twice, then the events of errors and of a close": {
    fault: { refuses: { errMsg: "connectSocket:fail" }, failsTwice: true },
    run: (made) => failed(made, /^connectSocket:fail$/),
    events: ["connect_error websocket error"],
  },
  "`fail` is called before `connectSocket` returns": {
    fault: { refuses: { errMsg: "connectSocket:fail at once" }, failsAtOnce: true },
    run: async (made) => {
      await failed(made, /^connectSocket:fail at once$/);
      // Its place is free.
      made.host.fault = {};
      const connected = next(made.socket, "connect");
      made.socket.connect();
      await connected;
    },
    events: ["connect_error websocket error", "connect"],
  },
  "`fail` gives nothing": {
    fault: { refuses: null },
    run: (made) => failed(made, /^the host gave no reason$/),
    events: ["connect_error websocket error"],
  },
  "`fail` of `request` gives nothing": {
    fault: { refuses: null },
    transports: ["polling"],
    run: (made) => failed(made, /^the host gave no reason$/),
    events: ["connect_error xhr poll error"],
  },
  "a socket that the client has closed calls back": {
    fault: { speaksWhenDead: true },
    run: async ({ host, socket }) => {
      await next(socket, "connect");
      socket.disconnect();
      await until(() => host.sockets.size === 0, "the host closes it");
    },
    events: ["connect", "disconnect io client disconnect"],
  },
  "a socket that the server has closed calls back": {
    fault: { speaksWhenDead: true },
    run: async ({ socket }) => {
      await next(socket, "connect");
      const left = next(socket, "disconnect");
      socket.emit("drop");
      await left;
    },
    events: ["connect", "disconnect io server disconnect"],
  },
  "a socket that has failed calls back": {
    fault: { speaksWhenDead: true },
    run: (made) => ended(made, "sendThrows", (socket) => socket.emit("echo", 1)),
    events: ["connect", "disconnect transport error"],
  },
};

for (const name of Object.keys(PROFILES)) {
  // They mostly wait, so many run at once.
  describe(name, { concurrency: 10 }, () => {
    for (const [title, { run, events, ...options }] of Object.entries(FAULTS)) {
      test(title, async (t) => {
        assert.deepEqual(await record(t, name, options, run), events);
      });
    }
  });
}
