/** One script in front of one server, over one transport. */

import assert from "node:assert/strict";

import { io } from "../../../src/entry/node.js";
import type { Socket } from "../../../src/manager.js";
import { next } from "../scenarios.js";
import { type FaultProxy, startProxy } from "./proxy.js";
import { type Law, type Script, type Sees, TRANSPORTS, type Transport } from "./script.js";

/** Events of each kind. */
const COUNT = 10;
/** Milliseconds in which an ack must come, before the event is sent again. */
const ACK_TIMEOUT = 1000;
const RETRIES = 50;
/** Milliseconds for a connection, if a script hangs one. */
const SHORT_TIMEOUT = 3000;

/** Events without retries use `/`, those with retries `/lab`: both on one connection. */
interface Sender {
  once: Socket;
  sure: Socket;
}

/** Counts what the application sees. */
interface Seen {
  disconnections: number;
  failedAttempts: number;
}

export async function runCase(server: string, script: Script, transport: Transport): Promise<void> {
  const room = `${script.name} over ${transport}`;
  const sees = script.sees[transport];
  const law = script.law[transport];
  const listeners = ["/", "/lab"].map((namespace) => io(server + namespace, { transports: ["websocket"] }));
  const proxy = await startProxy(server);
  let sender: Sender | undefined;
  try {
    const heard = listeners.map(() => [] as number[]);
    listeners.forEach((listener, at) => listener.on("said", (n: number) => heard[at]?.push(n)));
    await Promise.all(listeners.map((listener) => listener.emitWithAck("join", room)));
    const ended = new Promise<void>((resolve) => listeners[1]?.on("said", (n: number) => n === COUNT && resolve()));

    const complete = count(listeners[0] as Socket, law);

    if (!script.beginsConnected) await proxy.run(script.text);
    sender = connect(proxy, script, transport);
    const seen = watch(sender);
    const isLost = sees === "reconnection" && next(sender.sure, "disconnect");
    await Promise.all(Object.values(sender).map((socket) => next(socket, "connect")));
    if (script.beginsConnected) await proxy.run(script.text);

    await Promise.all([sayAll(sender, room), isLost && isLost.then(() => (script.heals ? undefined : proxy.run("heal")))]);
    const faults = await proxy.faults();
    await proxy.run("heal");
    await Promise.all([say(sender.sure, room, COUNT), ended, complete]);
    checkSeen(sees, seen, faults, transport);
    checkLaw(law, heard);
  } finally {
    for (const socket of [...listeners, ...(sender ? [sender.sure] : [])]) socket.io._close();
    proxy.stop();
  }
}

function connect(proxy: FaultProxy, script: Script, transport: Transport): Sender {
  const sure = io(`${proxy.url}/lab`, {
    forceNew: true,
    transports: TRANSPORTS[transport],
    reconnectionDelay: 20,
    reconnectionDelayMax: 100,
    ...(script.hasShortTimes ? { timeout: SHORT_TIMEOUT } : {}),
    retries: RETRIES,
    ackTimeout: ACK_TIMEOUT,
  });
  return { sure, once: sure.io.socket("/") };
}

function watch({ sure }: Sender): Seen {
  const seen = { disconnections: 0, failedAttempts: 0 };
  sure.on("disconnect", () => seen.disconnections++);
  sure.on("connect_error", () => seen.failedAttempts++);
  return seen;
}

async function sayAll({ once, sure }: Sender, room: string): Promise<void> {
  const acked = [];
  for (let n = 0; n < COUNT; n++) {
    once.emit("say", room, n);
    acked.push(say(sure, room, n));
  }
  await Promise.all(acked);
}

const say = (socket: Socket, room: string, n: number) =>
  new Promise<void>((resolve, reject) => socket.emit("say", room, n, (error: Error | null) => (error ? reject(error) : resolve())));

/** During an upgrade, a fault may come too late to meet anything. */
function checkSeen(sees: Sees, { disconnections, failedAttempts }: Seen, faults: number, transport: Transport): void {
  const text = `sees: ${sees}; ${disconnections} disconnections, ${failedAttempts} failed attempts, ${faults} faults`;
  const hasMet = transport === "upgrade" || faults > 0;
  const isSteady = disconnections + failedAttempts === 0;
  if (sees === "nothing") assert.ok(isSteady && faults === 0, text);
  if (sees === "steady") assert.ok(isSteady && hasMet, text);
  if (sees === "late") assert.ok(disconnections === 0 && failedAttempts > 0 && hasMet, text);
  if (sees === "reconnection") assert.ok(disconnections > 0 && hasMet, text);
}

/** Waits for the events without retries that must come. */
function count(listener: Socket, law: Law): Promise<void> {
  let missing = { delivery: 0, none: 0, twice: 2 * COUNT, reordered: COUNT }[law];
  return new Promise((resolve) => (missing === 0 ? resolve() : listener.on("said", () => --missing === 0 && resolve())));
}

function checkLaw(law: Law, [once = [], sure = []]: number[][]): void {
  const all = Array.from({ length: COUNT + 1 }, (_, n) => n);
  const sorted = [...once].sort((a, b) => a - b);
  switch (law) {
    case "none":
      return;
    case "twice":
      assert.deepEqual(
        sorted,
        all.slice(0, COUNT).flatMap((n) => [n, n]),
        `twice: ${once}`,
      );
      return;
    case "reordered":
      assert.deepEqual(sorted, all.slice(0, COUNT), `once: ${once}`);
      assert.notDeepEqual(once, sorted, "in another order");
      break;
    case "delivery":
      assert.equal(new Set(once).size, once.length, `at most once: ${once}`);
  }
  assert.deepEqual([...new Set(sure)], all, `at least once and in order: ${sure}`);
}
