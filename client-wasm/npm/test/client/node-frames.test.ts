/** Large frames that the package masks itself, against the server of `ws`. */

import assert from "node:assert/strict";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";

import * as ws from "ws";

import { within } from "../../packaging/limit.mjs";
import { maskedFrame } from "../../src/node/frame.js";
import { NodeWebSocket, optional } from "../../src/node/sockets.js";
import { fakeGlobal } from "./support/host.js";

/** Returns a socket that is connected to a server of `ws`, and a function that waits for the frames that the server gets. */
async function connected(t: TestContext, perMessageDeflate: boolean): Promise<[NodeWebSocket, (count: number) => Promise<(string | Buffer)[]>]> {
  fakeGlobal(t, "WebSocket", undefined);
  optional.ws = () => ws;
  t.after(() => delete optional.ws);
  const server = new ws.WebSocketServer({ port: 0, host: "127.0.0.1", perMessageDeflate: perMessageDeflate && { threshold: 0 } });
  t.after(() => server.close());
  await within("the server", new Promise((resolve) => server.on("listening", resolve)));
  const received: (string | Buffer)[] = [];
  let heard = () => {};
  server.on("connection", (socket) => {
    socket.on("message", (data: Buffer, isBinary) => {
      received.push(isBinary ? data : data.toString());
      heard();
    });
  });
  let socket: NodeWebSocket | undefined;
  const opened = new Promise<void>((opened) => {
    const on = { opened, received() {}, lost() {} };
    socket = new NodeWebSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}/`, { perMessageDeflate }, on);
  });
  await within("the connection", opened);
  t.after(() => socket?.close());
  const frames = async (count: number) => {
    while (received.length < count) await new Promise<void>((resolve) => (heard = resolve));
    return received.splice(0);
  };
  return [socket as NodeWebSocket, (count) => within(`${count} frames`, frames(count))];
}

const bytes = (size: number) => Uint8Array.from({ length: size }, (_, n) => n * 7);

for (const isDeflated of [false, true]) {
  test(`large frames arrive as they are, in order with small ones${isDeflated ? ", compressed" : ""}`, async (t) => {
    const [socket, frames] = await connected(t, isDeflated);
    const sent: (string | Uint8Array | ArrayBuffer)[] = [];
    for (const size of [16_383, 16_384, 16_385, 65_535, 65_536, 65_537, 300_001]) {
      sent.push("before", bytes(size), "x".repeat(size), "中é😀\ud800".repeat(size / 4), "after", bytes(size + 3).subarray(3), bytes(size).buffer);
    }
    for (const data of sent) socket.send(data, true);
    const expected = sent.map((data) => (typeof data === "string" ? Buffer.from(data).toString() : Buffer.from(data as Uint8Array)));
    assert.deepEqual(await frames(sent.length), expected);
  });
}

test("a large frame does not overtake a Blob, which is read first", async (t) => {
  const [socket, frames] = await connected(t, false);
  const large = bytes(20_000);
  socket.send(new Blob([Uint8Array.of(1)]));
  socket.send(large);
  socket.send("end");
  assert.deepEqual(await frames(3), [Buffer.of(1), Buffer.from(large), "end"]);
});

test("sent data is not changed, and each frame has a key of its own", () => {
  const data = bytes(20_000);
  const frames = [maskedFrame(data), maskedFrame(data)] as const;
  assert.deepEqual(data, bytes(20_000));
  assert.notDeepEqual(frames[0].slice(4, 8), frames[1].slice(4, 8));
});

test("the shortest frame with a long header", () => {
  for (const size of [126, 127, 4_000]) {
    const frame = maskedFrame(bytes(size));
    assert.deepEqual([...frame.slice(0, 4)], [0x82, 0xfe, size >> 8, size & 255]);
    const key = frame.slice(4, 8);
    assert.deepEqual(
      frame.slice(8).map((byte, n) => byte ^ (key[n % 4] as number)),
      Buffer.from(bytes(size)),
    );
  }
});
