/** The Node entry with the official servers of Socket.IO 2.x and 4.x, egg, python-socketio and Flask-SocketIO, over each transport. */

import { after, before, describe, test } from "node:test";

import { io } from "../../src/entry/node.js";
import { type Peer, start } from "./peers.js";
import * as scenarios from "./scenarios.js";

const TRANSPORTS = {
  polling: { transports: ["polling"] },
  WebSocket: { transports: ["websocket"] },
  "polling, then WebSocket": { transports: ["polling", "websocket"] },
};

/**
 * What the libraries cannot do: an empty attachment, a WebSocket without eventlet or gevent, events in order (Flask has a thread for
 * each), "Invalid namespace" as message.
 */
const WITHOUT: Record<string, RegExp> = {
  python4: /echoesBinary|UnknownNamespaces/,
  python5: /UnknownNamespaces/,
  flask4: /echoesBinary|BufferedEvents|UnknownNamespaces|WebSocket/,
  flask5: /BufferedEvents|UnknownNamespaces/,
};

for (const name of ["socketio2", "socketio4", "egg", "python4", "python5", "flask4", "flask5"] as const) {
  describe(name, () => {
    let peer: Peer;
    before(async () => {
      peer = await start(name);
    });
    after(() => peer.stop());

    for (const [transports, opts] of Object.entries(TRANSPORTS)) {
      for (const [scenario, run] of Object.entries(scenarios).filter(([key]) => key !== "next")) {
        const title = `${scenario} over ${transports}`;
        if (WITHOUT[name]?.test(title)) continue;
        test(title, { timeout: 60_000 }, async () => {
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
