/** `tidewire/bridge` with the bridge of PHP programs: what they publish in Redis goes to the clients of socket.io 2.5.1. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { bridgedEvent, publication } from "../../src/entry/bridge.js";
import { io } from "../../src/entry/node.js";
import { PEERS, type Peer, start, startRedis } from "./peers.js";
import { next } from "./scenarios.js";

describe("bridge", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let peer: Peer;
  before(async () => {
    redis = await startRedis();
    peer = await start("bridge", { REDIS_PORT: redis.port });
  });
  after(() => {
    peer.stop();
    redis.stop();
  });

  for (const transport of ["polling", "websocket"]) {
    test(`publications reach all but the socket that they name, over ${transport}`, { timeout: 60_000 }, async () => {
      const Redis = createRequire(join(PEERS, "x.js"))("ioredis");
      const client = new Redis(redis.port, "127.0.0.1");
      const sockets = [1, 2].map(() => io(peer.url, { forceNew: true, transports: [transport] }));
      try {
        await Promise.all(sockets.map((socket) => next(socket, "connect")));
        const heard: unknown[][] = sockets.map(() => []);
        sockets.forEach((socket, at) => socket.onAny((...args: unknown[]) => heard[at]?.push(args)));
        const last = sockets.map((socket) => next(socket, bridgedEvent("orders", "last")));
        await client.publish("orders", publication("App\\Events\\OrderShipped", { id: 1 }));
        await client.publish("orders", publication("second", "你好", sockets[0]?.id));
        await client.publish("orders", publication("last", undefined, "gone"));
        await Promise.all(last);
        const all = ["orders:App\\Events\\OrderShipped", { id: 1 }];
        assert.deepEqual(heard, [
          [all, ["orders:last", null]],
          [all, ["orders:second", "你好"], ["orders:last", null]],
        ]);
      } finally {
        client.disconnect();
        for (const socket of sockets) socket.io._close();
      }
    });
  }
});
