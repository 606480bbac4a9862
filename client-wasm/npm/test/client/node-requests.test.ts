/** The requests of Node, against servers that end their connections in odd ways. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { inspect } from "node:util";

import { NodeXHR } from "../../src/node/requests.js";
import type { TransportOptions } from "../../src/options.js";

const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

interface Server {
  url: string;
  /** The first line of each request. */
  requests: string[];
}

/** Starts a server that calls `answer` for each request, with the number of requests before it. */
async function start(t: TestContext, answer: (socket: Socket, before: number) => void): Promise<Server> {
  const requests: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("data", (data) => answer(socket, requests.push(String(data).split("\r\n", 1)[0] as string) - 1));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => {
    sockets.forEach((socket) => socket.destroy());
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`, requests };
}

/** Sends a request and returns its result, or the message of its error. */
const ask = (url: string, body?: string, opts: TransportOptions = {}, started?: (xhr: NodeXHR) => void) =>
  new Promise<unknown>((resolve) => {
    const xhr = new NodeXHR(
      url,
      opts,
      { opened() {}, received: (data) => resolve(String(Buffer.from(data as ArrayBuffer))), lost: (error) => resolve(error?.message) },
      body,
    );
    if (started) started(xhr);
  });

test("a request whose connection is reset is not sent again, on a new or a reused connection", async (t) => {
  const server = await start(t, (socket, before) => (before % 2 ? socket.resetAndDestroy() : socket.write(OK)));
  assert.equal(await ask(server.url), "ok");
  assert.equal(await ask(server.url, "42"), "xhr post error");
  assert.equal(await ask(server.url), "ok");
  assert.equal(await ask(server.url), "xhr poll error");
  assert.deepEqual(server.requests, ["GET / HTTP/1.1", "POST / HTTP/1.1", "GET / HTTP/1.1", "GET / HTTP/1.1"]);
  const fresh = await start(t, (socket) => socket.resetAndDestroy());
  assert.equal(await ask(fresh.url, "42"), "xhr post error");
  assert.equal(fresh.requests.length, 1);
});

test("a connection that closes in the middle of a response is an error", async (t) => {
  const server = await start(t, (socket) => socket.end(OK.slice(0, -1)));
  assert.equal(await ask(server.url), "xhr poll error");
  assert.equal(server.requests.length, 1);
});

test("a connection is reused", async (t) => {
  const ports = new Set<number | undefined>();
  const server = await start(t, (socket) => {
    ports.add(socket.remotePort);
    socket.write(OK);
  });
  await ask(server.url);
  await ask(server.url, "42");
  assert.deepEqual([server.requests.length, ports.size], [2, 1]);
});

test("a poll may last longer than an idle connection is kept", async (t) => {
  let poll: any;
  const server = await start(t, (socket) => {
    // Node reports the idle time of its connections to their requests as well.
    poll._request.emit("timeout");
    socket.write(OK);
  });
  assert.equal(await ask(server.url, undefined, {}, (xhr) => (poll = xhr)), "ok");
});

test("the error of a refused request shows what the server has answered, and little else", async (t) => {
  const refusal = "HTTP/1.1 503 Service Unavailable\r\nX-Reason: full\r\nContent-Length: 4\r\n\r\nbusy";
  const server = await start(t, (socket) => socket.write(refusal));
  const error = await new Promise<any>((lost) => new NodeXHR(server.url, {}, { opened() {}, received: () => assert.fail(), lost }));
  const { headers, ...rest } = error.context;
  assert.deepEqual(
    [error.description, rest, headers["x-reason"]],
    [503, { status: 503, statusText: "Service Unavailable", responseText: "busy" }, "full"],
  );
  const shown = inspect(error).replace(/^ +at .*\n/gm, "");
  assert.ok(shown.split("\n").length < 20, shown);
});

test("`requestTimeout` ends a request", async (t) => {
  const server = await start(t, () => {});
  assert.equal(await ask(server.url, undefined, { requestTimeout: 1 }), "xhr poll error");
});
