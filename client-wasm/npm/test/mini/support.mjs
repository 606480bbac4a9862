// What the tests of the imitated hosts share: one project for each file, hosts that end with their test, and bare servers.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { after } from "node:test";

import { WebSocketServer } from "ws";

import { MiniHost } from "./host/host.mjs";
import { createProject } from "./project.mjs";

const project = await createProject();
after(() => project.remove());

/** The folder of the code package. */
export const { root } = project;

/** Returns a host of a profile and what its `require("tidewire")` returns. The test ends with the host idle and content. */
export function miniHost(t, name, options) {
  const host = new MiniHost(name, root, options);
  t.after(() => {
    host.stop();
    assert.deepEqual([host.refusals, host.console], [[], []]);
  });
  return { host, tidewire: host.require("tidewire"), app: host.require("./scenarios.js") };
}

/** Resolves with what `listen` gives to its argument; rejects after 10 s, because a test that waits on stops all others of its file. */
function within(what, listen) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`did not come: ${what}`)), 10_000);
    listen((value) => {
      clearTimeout(timer);
      resolve(value);
    });
  });
}

/** Resolves with the arguments of the next event of a socket. */
export const next = (socket, event) => within(event, (tell) => socket.once(event, (...args) => tell(args)));

/** Resolves with the next event of a plain WebSocket. */
export const nextOf = (socket, type) => within(type, (tell) => socket.addEventListener(type, tell, { once: true }));

/** Resolves when `isTrue` returns true; fails after 5 s. */
export async function until(isTrue, what) {
  for (let turn = 0; !isTrue(); turn++) {
    if (turn > 500) assert.fail(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Starts a server that sends WebSocket messages back. It keeps the requests of all connections. */
export async function echoServer(t, { answer = (socket, data, isBinary) => socket.send(data, { binary: isBinary }), ...options } = {}) {
  const http = createServer();
  const server = new WebSocketServer({ server: http, ...options });
  const requests = [];
  server.on("connection", (socket, request) => {
    requests.push(request);
    socket.on("error", () => {});
    socket.on("message", (data, isBinary) => answer(socket, data, isBinary));
  });
  await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of server.clients) socket.terminate();
    http.closeAllConnections();
    return new Promise((resolve) => http.close(resolve));
  });
  return { url: `ws://127.0.0.1:${http.address().port}`, requests, clients: server.clients };
}
