/** The package where there is nothing but ES2015, timers, and sockets or requests. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { load, WebSocket, XMLHttpRequest } from "./bare-host.js";
import { start } from "./peers.js";

const HOSTS: Record<string, [entry: string, globals: Record<string, unknown>]> = {
  "requests and sockets": ["index", { XMLHttpRequest, WebSocket, WebAssembly }],
  "requests alone": ["index", { XMLHttpRequest, WebAssembly }],
  "sockets alone": ["index", { WebSocket, WebAssembly }],
  "no WebAssembly": ["js", { XMLHttpRequest, WebSocket }],
};

/** A value of every realm looks the same as JSON. */
const plain = (value: unknown) => JSON.stringify(value, (_, one) => (/ArrayBuffer/.test({}.toString.call(one)) ? [...new Uint8Array(one)] : one));

for (const [host, [entry, globals]] of Object.entries(HOSTS)) {
  test(`connects and exchanges text and binary data: ${host}`, { timeout: 60_000 }, async () => {
    const { io } = load(entry, globals);
    for (const name of ["socketio2", "socketio4"] as const) {
      const peer = await start(name);
      const socket = io(`${peer.url}/lab`, { forceNew: true });
      const failed = new Promise((_, reject) => socket.on("connect_error", reject));
      const echoed = new Promise((resolve) => socket.emit("echo", "é聊😀", Uint8Array.of(1, 2).buffer, (...args: unknown[]) => resolve(args)));
      try {
        assert.equal(plain(await Promise.race([echoed, failed])), plain(["é聊😀", [1, 2]]));
      } finally {
        socket.disconnect();
        peer.stop();
      }
    }
  });
}
