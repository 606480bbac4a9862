/** The Node entry with the official servers of Socket.IO 2.x and 4.x, over each transport. */

import { after, before, describe, test } from "node:test";

import { io } from "../../src/entry/node.js";
import { type Peer, start } from "./peers.js";
import * as scenarios from "./scenarios.js";

const TRANSPORTS = {
  polling: { transports: ["polling"] },
  WebSocket: { transports: ["websocket"] },
  "polling, then WebSocket": { transports: ["polling", "websocket"] },
};

for (const name of ["socketio2", "socketio4", "egg"] as const) {
  describe(name, () => {
    let peer: Peer;
    before(async () => {
      peer = await start(name);
    });
    after(() => peer.stop());

    for (const [transports, opts] of Object.entries(TRANSPORTS)) {
      for (const [scenario, run] of Object.entries(scenarios).filter(([key]) => key !== "next")) {
        test(`${scenario} over ${transports}`, { timeout: 20_000 }, async () => {
          const sockets: ReturnType<typeof io>[] = [];
          const socket = (namespace: string, more = {}) => {
            const created = io(peer.url + namespace, { forceNew: true, ...opts, ...more });
            sockets.push(created);
            return created;
          };
          try {
            await (run as (target: scenarios.Target) => Promise<void>)({ engineVersion: peer.engineVersion, socket });
          } finally {
            for (const created of sockets) created.io._close();
          }
        });
      }
    }
  });
}
