// Many connects, ends and returns in a row, on each host: never more sockets than it has, none left, and each event once.

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { PROFILES } from "./host/facts.mjs";
import { settle } from "./lab.mjs";
import { startServer } from "./servers.mjs";
import { miniHost, next, until } from "./support.mjs";

const SETTINGS = { forceNew: true, reconnectionDelay: 10, reconnectionDelayMax: 50, randomizationFactor: 0, transports: ["websocket"] };

let server;
before(async () => {
  server = await startServer("socketio4");
});
after(() => server.stop());

function open(t, { host, tidewire }, options, url = server.url) {
  const socket = tidewire.io(url + "/lab", { ...SETTINGS, ...options });
  t.after(() => settle(host, { sockets: [socket] }));
  return socket;
}

const isIdle = ({ host }) => until(() => host.sockets.size === 0, "no socket is left");
const turns = (count) => new Promise((resolve) => (count ? setImmediate(() => turns(count - 1).then(resolve)) : resolve()));

/** Emits the next number until its echo is there: an event of a connection that is dead already may be lost. */
async function count(socket, received) {
  const wanted = received.length + 1;
  assert.equal(await socket.timeout(5000).emitWithAck("echo", wanted), wanted);
  received.push(wanted);
}

describe("storms", { concurrency: 4 }, () => {
  for (const name of Object.keys(PROFILES)) {
    const { maxSockets } = PROFILES[name];

    test(`${name}: connections that end at once leave no socket`, async (t) => {
      const made = miniHost(t, name);
      for (let n = 0; n < 20; n++) {
        const socket = open(t, made);
        // Before the host is asked, while it connects, as it opens, and after that.
        await turns(n % 5);
        if (n % 5 === 4) await until(() => socket.connected, "it is connected");
        socket.disconnect();
        if (n % 3 === 2 || maxSockets === 1) await isIdle(made);
      }
      await isIdle(made);
      assert.ok(made.host.mostSockets <= maxSockets);
      const last = open(t, made);
      await until(() => last.connected, "the last one is connected");
      assert.equal(made.host.sockets.size, 1);
    });

    test(`${name}: a socket that is opened and closed again and again has one connection`, async (t) => {
      const made = miniHost(t, name);
      const socket = open(t, made);
      for (let n = 0; n < 30; n++) {
        socket.disconnect();
        socket.connect();
        await turns(n % 4);
      }
      await until(() => socket.connected, "it is connected");
      assert.equal(await socket.emitWithAck("echo", 1), 1);
      await until(() => made.host.sockets.size === 1, "one socket");
      assert.ok(made.host.mostSockets <= maxSockets);
    });

    test(`${name}: all connections come back after each change of the network`, async (t) => {
      const made = miniHost(t, name);
      const sockets = [];
      for (let n = 0; n < maxSockets; n++) {
        sockets.push(open(t, made));
        await next(sockets[n], "connect");
      }
      const received = sockets.map(() => []);
      const heard = [];
      sockets[0].on("heard", (n) => heard.push(n));
      for (const network of ["4g", "none", "wifi", "5g", "none", "4g", "wifi"]) {
        made.host.network(network);
        await turns(3);
        if (network === "none") continue;
        await until(() => sockets.every((socket) => socket.connected), `all are connected by ${network}`);
        await Promise.all(sockets.map((socket, at) => count(socket, received[at])));
      }
      assert.deepEqual(new Set(received.map(String)), new Set(["1,2,3,4,5"]));
      assert.ok(made.host.mostSockets <= maxSockets);
      await until(() => made.host.sockets.size === maxSockets, "one socket for each connection");
    });

    test(`${name}: ten minutes in the background, five times, and no event is missed or heard twice`, async (t) => {
      const made = miniHost(t, name);
      const socket = open(t, made);
      const echoes = [];
      socket.on("echo", (n) => echoes.push(n));
      await next(socket, "connect");
      // The server recovers the session of a client that has had an event.
      socket.emit("echo", 0);
      await next(socket, "echo");
      for (let n = 1; n <= 5; n++) {
        const back = next(socket, "connect");
        await made.host.background(600_000);
        socket.emit("echo", n);
        await back;
        assert.ok(socket.recovered, "the session is recovered");
        await until(() => echoes.length > n, `the echo ${n}`);
      }
      await socket.emitWithAck("echo", "last");
      assert.deepEqual(echoes, [0, 1, 2, 3, 4, 5]);
      assert.equal(made.host.sockets.size, 1);
    });
  }
});

test("a server that restarts three times has all connections back, and each event once", async (t) => {
  const restarting = await startServer("socketio4");
  t.after(() => restarting.stop());
  const all = Object.keys(PROFILES).map((name) => {
    const made = miniHost(t, name);
    const socket = open(t, made, {}, restarting.url);
    const echoes = [];
    const ends = [];
    socket.on("echo", (n) => echoes.push(n));
    socket.on("disconnect", (reason) => ends.push(reason));
    return { made, name, socket, echoes, ends };
  });
  const isBack = () => until(() => all.every(({ socket }) => socket.connected), "all are connected");
  await isBack();
  for (let n = 1; n <= 3; n++) {
    await restarting.restart();
    await until(() => all.every(({ ends }) => ends.length === n), "all have seen the end");
    for (const { socket } of all) socket.emit("echo", n);
    await isBack();
    await until(() => all.every(({ echoes }) => echoes.length === n), "all have their echo");
  }
  for (const { made, name, echoes, ends } of all) {
    assert.deepEqual([name, echoes, ends.length, made.host.sockets.size], [name, [1, 2, 3], 3, 1]);
  }
});
