/** The package as Node loads it, with the official servers of both generations, over each transport. */

import { after, before, describe, test } from "node:test";

import { io } from "../../src/entry/node.js";
import { type Peer, start } from "./peers.js";
import * as scenarios from "./scenarios.js";

const WAYS = {
  polling: { transports: ["polling"] },
  WebSocket: { transports: ["websocket"] },
  "the climb": { transports: ["polling", "websocket"] },
};

for (const name of ["socketio2", "socketio4", "egg"] as const) {
  describe(name, () => {
    let peer: Peer;
    before(async () => {
      peer = await start(name);
    });
    after(() => peer.stop());

    for (const [way, opts] of Object.entries(WAYS)) {
      for (const [scenario, run] of Object.entries(scenarios).filter(([key]) => key !== "next")) {
        test(`${scenario} over ${way}`, { timeout: 20_000 }, async () => {
          const sockets: ReturnType<typeof io>[] = [];
          const socket = (namespace: string, more = {}) => {
            const made = io(peer.url + namespace, { forceNew: true, ...opts, ...more });
            sockets.push(made);
            return made;
          };
          try {
            await (run as (place: scenarios.Place) => Promise<void>)({ generation: peer.generation, socket });
          } finally {
            for (const made of sockets) made.io._close();
          }
        });
      }
    }
  });
}
