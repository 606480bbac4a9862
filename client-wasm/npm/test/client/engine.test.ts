/** The events of `socket.io.engine`, and how its transport is chosen: as those of engine.io-client. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { Socket } from "../../src/manager.js";
import { TransportError } from "../../src/transport.js";
import { FakeHost, HANDSHAKE } from "./support/host.js";

const BOTH = ["polling", "websocket"];
const OFFER = HANDSHAKE.replace("[]", '["websocket"]');

/** Logs the events of the packets that the engine of a socket sends and receives. */
function packetsOf({ io: { engine } }: Socket): string[] {
  const log: string[] = [];
  engine.on("packetCreate", ({ type, data }) => log.push(`sent ${type} ${data}`));
  engine.on("packet", ({ type, data }) => log.push(`received ${type} ${data}`));
  return log;
}

/** Answers the requests that are pending, a poll with `packets`. */
function respond(host: FakeHost, packets: string): void {
  for (const transport of host.transports.splice(0))
    if (transport.kind === "polling") transport.receive(transport.body === undefined ? packets : "ok");
}

test("the engine has events for the packets of a session, and none for the close packet of polling", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  const log = packetsOf(socket);
  host.transport.receive(HANDSHAKE);
  respond(host, '40{"sid":"ID"}');
  assert.ok(socket.connected);
  respond(host, "2");
  respond(host, "41");
  assert.equal(host.transports.find(({ body }) => body !== undefined)?.body, "1");
  assert.deepEqual(log, [
    `received open ${HANDSHAKE.slice(1)}`,
    "sent message 0",
    'received message 0{"sid":"ID"}',
    "received ping undefined",
    "sent pong undefined",
    "received message 1",
  ]);
});

test("the engine has no events for the packets of an upgrade", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: BOTH });
  host.transport.receive(OFFER);
  const log = packetsOf(socket);
  const upgrade = host.transports.find(({ kind }) => kind === "websocket");
  upgrade?.on.opened();
  upgrade?.receive("3probe");
  respond(host, "6");
  assert.deepEqual(upgrade?.takeSent(), ["2probe", "5"]);
  assert.deepEqual(log, ["received noop undefined"]);
});

test("a closed engine is silent, also when the last poll of its session is answered", () => {
  const host = new FakeHost();
  const socket = host.socket({ transports: ["polling"] });
  host.transport.receive(HANDSHAKE);
  respond(host, '40{"sid":"ID"}');
  socket.disconnect();
  const log = packetsOf(socket);
  socket.io.on("ping", () => log.push("ping"));
  respond(host, "2");
  assert.equal(socket.io.engine.readyState, "closed");
  assert.deepEqual(log, []);
});

test("rememberUpgrade opens the next manager with a WebSocket, until one cannot be opened", () => {
  const host = new FakeHost();
  const opened = (rememberUpgrade: boolean) => host.manager({ transports: BOTH, rememberUpgrade, reconnectionDelay: 10 }).engine.transport.name;
  host.connectedSocket();
  assert.equal(opened(false), "polling");
  assert.equal(opened(true), "websocket");
  host.transport.on.lost(new TransportError("websocket error", { message: "Unexpected server response: 503" }));
  host.advance(10);
  assert.equal(host.transport.kind, "polling");
  assert.equal(opened(true), "polling");
});

test("rememberUpgrade keeps to the transports of the options", () => {
  const host = new FakeHost();
  host.connectedSocket();
  const manager = host.manager({ transports: ["polling"], rememberUpgrade: true });
  assert.equal(manager.engine.transport.name, "polling");
});
