/**
 * WebTransport with the official server of 4.x: its own transport, over sessions that a test carries by TCP. `npm-browser` has the same server
 * behind QUIC.
 */

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";

import { io, WebTransport } from "../../src/entry/node.js";
import { installWebTransport, type Sessions } from "../support/tcp-webtransport.js";
import { type Peer, start } from "./peers.js";
import * as scenarios from "./scenarios.js";

const { next } = scenarios;

const TRANSPORTS = {
  WebTransport: { transports: ["webtransport"] },
  "polling, then WebTransport": { transports: ["polling", "webtransport"] },
  "the default transports": {},
  "a class in place of the name": { transports: ["polling", "websocket", WebTransport] },
};

describe("WebTransport", () => {
  let peer: Peer;
  let sessions: Sessions;
  let sockets: ReturnType<typeof io>[];
  const socket = (namespace: string, opts = {}) => {
    const created = io(peer.url + namespace, { forceNew: true, ...opts });
    sockets.push(created);
    return created;
  };
  const upgraded = async (opts = {}) => {
    const created = socket("/lab", opts);
    const errors: any[] = [];
    created.io.once("open", () => created.io.engine.on("upgradeError", (error) => errors.push(error)));
    await new Promise<void>((resolve) => created.io.once("open", () => created.io.engine.once("upgrade", () => resolve())));
    if (!created.connected) await next(created, "connect");
    return { socket: created, name: created.io.engine.transport.name, errors };
  };

  before(async () => {
    peer = await start("socketio4", { WEBTRANSPORT: "yes" });
  });
  after(() => peer.stop());
  beforeEach(() => {
    sessions = installWebTransport(peer.webtransport as string);
    sockets = [];
  });
  afterEach(() => {
    for (const created of sockets) created.io._close();
    for (const open of sessions.sockets) open.destroy();
    sessions.remove();
  });

  for (const [transports, opts] of Object.entries(TRANSPORTS)) {
    for (const [scenario, run] of Object.entries(scenarios).filter(([key]) => key !== "next")) {
      // engine.io has no request for a session that opens with WebTransport, so there is no query.
      if (scenario === "authenticates" && transports === "WebTransport") continue;
      test(`${scenario} over ${transports}`, { timeout: 60_000 }, () =>
        (run as (target: scenarios.Target) => Promise<void>)({
          engineVersion: "eio4",
          socket: (namespace, more = {}) => socket(namespace, { ...opts, ...more }),
        }),
      );
    }
  }

  test("a server that offers both is used over WebTransport, and no WebSocket is opened", async () => {
    const { socket, name, errors } = await upgraded();
    assert.equal(name, "webtransport");
    assert.deepEqual(errors, []);
    assert.deepEqual(socket.io.engine.transports, ["polling", "websocket", "webtransport"]);
    const [asked, ...others] = sessions.asked;
    assert.deepEqual(others, []);
    const { protocol, searchParams } = new URL(asked?.url as string);
    assert.equal(protocol, "https:");
    const { EIO, transport, sid } = Object.fromEntries(searchParams);
    assert.deepEqual({ EIO, transport, sid }, { EIO: "4", transport: "webtransport", sid: socket.io.engine.id });
  });

  test("its options are those of `transportOptions`", async () => {
    const options = { congestionControl: "low-latency" };
    await upgraded({ transportOptions: { webtransport: options } });
    assert.equal(sessions.asked[0]?.options, options);
  });

  test("without the means, the session upgrades to a WebSocket and says why", async () => {
    sessions.remove();
    const { name, errors } = await upgraded();
    assert.equal(name, "websocket");
    assert.deepEqual(
      errors.map(({ message, transport }) => [message, transport]),
      [["probe error: ReferenceError: WebTransport is not defined", "webtransport"]],
    );
  });

  test("where its packets are lost, the session upgrades to a WebSocket", async () => {
    sessions.hangs = true;
    const { name, errors } = await upgraded();
    assert.equal(name, "websocket");
    assert.deepEqual(errors, []);
  });

  test("a session that ends is a transport close, and the client returns", async () => {
    const { socket } = await upgraded();
    const disconnected = next(socket, "disconnect");
    sessions.sockets[0]?.end();
    assert.equal((await disconnected)[0], "transport close");
    await next(socket, "connect");
  });

  test("a session that breaks is a transport error with the platform's error", async () => {
    const { socket } = await upgraded();
    const disconnected = next(socket, "disconnect");
    sessions.sockets[0]?.destroy(new Error("the connection broke"));
    const [reason, details] = await disconnected;
    assert.equal(reason, "transport error");
    assert.equal(details.message, "webtransport error");
    assert.equal(details.description.message, "the connection broke");
  });

  // Before `disconnect`, the server may drop it: it ignores an event whose socket has left before the next tick.
  test("what is emitted before the engine closes arrives", async () => {
    const { socket: leaving } = await upgraded();
    const staying = socket("/lab");
    await next(staying, "connect");
    await staying.emitWithAck("join", "room");
    const said = next(staying, "said");
    leaving.emit("say", "room", "x".repeat(200_000));
    leaving.io.engine.close();
    assert.equal((await said)[0].length, 200_000);
  });

  test("a `Blob` keeps its place among the events", async () => {
    const { socket } = await upgraded();
    const received: unknown[] = [];
    socket.on("echo", (value: unknown) => received.push(value));
    const last = new Promise<void>((resolve) => socket.on("echo", (value: unknown) => value === "last" && resolve()));
    socket.emit("echo", new Blob([Uint8Array.of(1, 2, 3)]));
    socket.emit("echo", Uint8Array.of(4));
    socket.emit("echo", "last");
    await last;
    assert.deepEqual(received, [Buffer.of(1, 2, 3), Buffer.of(4), "last"]);
  });

  test("bytes behind a `Blob` are those of the call", async () => {
    const { socket } = await upgraded();
    const bytes = Uint8Array.of(1, 2, 3);
    const echoed = new Promise<unknown>((resolve) => socket.on("echo", (value: unknown) => (value as Buffer).length === 3 && resolve(value)));
    socket.emit("echo", new Blob([Uint8Array.of(9)]));
    socket.emit("echo", bytes);
    bytes.fill(0);
    assert.deepEqual(await echoed, Buffer.of(1, 2, 3));
  });

  test("an engine closed amid the race opens no other transport", async () => {
    sessions.hangs = true;
    const created = socket("/lab", { reconnection: false });
    const failed: string[] = [];
    await new Promise<void>((resolve) => created.io.once("open", () => resolve()));
    const { engine } = created.io;
    engine.on("upgradeError", (error: any) => failed.push(`${error.transport}: ${error.message}`));
    const closed = next(engine as any, "close");
    engine.close();
    await closed;
    assert.deepEqual(failed, ["webtransport: probe error: socket closed"]);
  });

  test("a socket that leaves before its session is open leaves no session", async () => {
    const created = socket("/lab", { transports: ["webtransport"] });
    await new Promise((resolve) => setImmediate(resolve));
    created.disconnect();
    const [session] = sessions.sockets;
    assert(session);
    await new Promise<void>((resolve) => (session.closed ? resolve() : session.once("close", () => resolve())));
  });

  test("`engine.send` before the session is open is like that of a WebSocket", async () => {
    const created = socket("/lab", { transports: ["webtransport"] });
    created.io.engine.send("ignored");
    await next(created, "connect");
  });
});
