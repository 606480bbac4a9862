/** A server whose version changes while its clients stay, as in a migration that is rolled back. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { io } from "../../src/entry/node.js";
import { freePort, start } from "./peers.js";

/** A 2.x server runs its connection handlers again for each CONNECT of `/`. */
test("a 2.x server in place of a 4.x one gets no CONNECT for the main namespace", { timeout: 60_000 }, async () => {
  const PORT = String(await freePort());
  let peer = await start("socketio4", { PORT });
  const socket = io(peer.url, { forceNew: true, transports: ["websocket"], reconnectionDelay: 50 });
  const connected = () => new Promise<void>((resolve) => socket.once("connect", resolve));
  let sent: string[] = [];
  const watch = () => socket.io.engine.on("packetCreate", ({ data }) => sent.push(String(data)));
  try {
    watch();
    // The engine of an attempt is created after this event.
    socket.io.on("reconnect_attempt", () => queueMicrotask(watch));
    await connected();
    assert.deepEqual([sent, socket.io.engineVersion()], [["0"], "eio4"]);
    for (const [name, version, connects] of [
      ["socketio2", "eio3", []],
      ["socketio4", "eio4", ["0"]],
    ] as const) {
      const again = connected();
      await peer.stop();
      sent = [];
      peer = await start(name, { PORT });
      await again;
      assert.deepEqual([sent, socket.io.engineVersion()], [connects, version]);
    }
  } finally {
    socket.disconnect();
    await peer.stop();
  }
});
