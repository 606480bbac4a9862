/** `tidewire/envelope` and `tidewire/peers` with servers that use such messages: the namespace `/ptop` of egg (with Redis) and of both official servers. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";

import { DENY, EXCHANGE, ONLINE, type Online, parseExchangeMsg, readEnvelope, readOnline } from "../../src/entry/envelope.js";
import { io } from "../../src/entry/node.js";
import { Peers } from "../../src/entry/peers.js";
import type { Socket } from "../../src/manager.js";
import { type Peer, start, startRedis } from "./peers.js";
import { next } from "./scenarios.js";

type Join = (room: string) => Socket;

/** Sends a message to a peer, which replies. */
async function exchanges(join: Join): Promise<void> {
  const [ann, bob] = [join("here"), join("here")];
  await Promise.all([next(ann, "connect"), next(bob, "connect")]);
  bob.once(bob.id as string, (value) => {
    const { data, meta } = readEnvelope<{ msg: string }>(value);
    bob.emit("exchange", { target: meta.client, payload: parseExchangeMsg({ msg: data.payload.msg + "!" }, { app: "own" }) });
  });
  const received = next(ann, ann.id as string);
  ann.emit("exchange", { target: bob.id, payload: { msg: "你好" } });
  const { data, meta } = readEnvelope((await received)[0]);
  assert.equal(data.action, EXCHANGE);
  assert.deepEqual([meta.client, meta.target, meta.extra], [bob.id, ann.id, {}]);
  assert.ok(Number.isSafeInteger(meta.timestamp));
  const inner = readEnvelope(data.payload);
  assert.deepEqual([inner.data.payload, inner.meta.app], [{ msg: "你好!" }, "own"]);
}

/** Receives a `deny` message before the server disconnects. */
async function receivesDeny(join: Join): Promise<void> {
  const socket = join("gone");
  const ended = next(socket, "disconnect");
  const denied = new Promise((resolve) => socket.once("connect", () => socket.once(socket.id as string, resolve)));
  const { data, meta } = readEnvelope(await denied);
  assert.equal(data.action, DENY);
  assert.deepEqual(data.payload, { type: "deleted", message: "deleted, room has been deleted." });
  assert.ok(Number.isSafeInteger(meta.timestamp));
  assert.equal((await ended)[0], "io server disconnect");
  assert.equal(socket.active, false);
}

/** Receives presence messages: join, the list of clients, leave. */
async function receivesPresence(join: Join): Promise<void> {
  const room = "room" + Math.random();
  const ann = join(room);
  const presence = (matches: (online: Online) => boolean) =>
    new Promise<Online>((resolve) =>
      ann.on(ONLINE, (value) => {
        const online = readOnline(value);
        if (matches(online)) resolve(online);
      }),
    );
  const isOwn = ({ message }: Online) => message === `User(${ann.id}) joined.`;
  const joined = presence(isOwn);
  const otherJoined = presence((online) => online.action === "join" && !isOwn(online));
  const otherLeft = presence(({ action }) => action === "leave");
  assert.deepEqual((await joined).clients.ids, [ann.id]);
  const bob = join(room);
  const connected = next(bob, "connect");
  const { clients, target, message } = await otherJoined;
  await connected;
  const { id } = bob;
  assert.equal(message, `User(${id}) joined.`);
  assert.ok(clients.size === 2 && clients.has(ann.id as string) && clients.has(id as string));
  assert.equal(target, "participator");
  bob.disconnect();
  const left = await otherLeft;
  assert.deepEqual([left.clients.ids, left.message], [[ann.id], `User(${id}) leaved.`]);
}

/** Two peers see each other, talk, and one leaves. */
async function peersTalk(join: Join): Promise<void> {
  const room = "talk" + Math.random();
  const [ann, bob] = [new Peers(join(room)), new Peers(join(room))];
  const heard = (peers: Peers, event: "join" | "leave" | "message") =>
    new Promise<any[]>((resolve) => peers.once(event, (...args: any[]) => resolve(args)));
  const [[forAnn], [forBob]] = (await Promise.all([heard(ann, "join"), heard(bob, "join")])) as [string[], string[]];
  assert.deepEqual([forAnn, forBob], [bob.socket.id, ann.socket.id]);
  assert.deepEqual([ann.online, bob.online], [[forAnn], [forBob]]);
  bob.on("message", (text, { sender }) => bob.send(sender, text + "!"));
  const answered = heard(ann, "message");
  await ann.send(forAnn, "你好");
  const [text, message] = await answered;
  assert.deepEqual([text, message.action, message.sender], ["你好!", EXCHANGE, forAnn]);
  const left = heard(ann, "leave");
  bob.socket.disconnect();
  assert.deepEqual(await left, [forAnn]);
  assert.deepEqual(ann.online, []);
}

/** A denied peer has the reason, and does not come back. */
async function peersAreDenied(join: Join): Promise<void> {
  const socket = join("gone");
  const peers = new Peers(socket);
  const ended = next(socket, "disconnect");
  const reason = await new Promise<any>((resolve) => peers.on("denied", resolve));
  assert.equal(reason.type, "deleted");
  await ended;
  assert.equal(socket.active, false);
}

const SCENARIOS = { exchanges, receivesDeny, receivesPresence, peersTalk, peersAreDenied };

describe("envelopes", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis.stop());

  for (const name of ["socketio2", "socketio4", "egg"] as const) {
    describe(name, () => {
      let peer: Peer;
      before(async () => {
        peer = await start(name, { REDIS_PORT: redis.port });
      });
      after(() => peer.stop());

      for (const transport of ["polling", "websocket"]) {
        for (const [scenario, run] of Object.entries(SCENARIOS)) {
          test(`${scenario} over ${transport}`, { timeout: 60_000 }, async () => {
            const sockets: Socket[] = [];
            const join: Join = (room) => {
              const socket = io(peer.url + "/ptop", { forceNew: true, transports: [transport], query: { room, userId: "user" } });
              sockets.push(socket);
              return socket;
            };
            try {
              await run(join);
            } finally {
              for (const socket of sockets) socket.io._close();
            }
          });
        }
      }
    });
  }
});
