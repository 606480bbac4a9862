/** `tidewire/slim`: nothing is opened before the application has given a core. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { Manager } from "../../src/manager.js";
import { FakeHost, HANDSHAKE } from "./support/host.js";

/** The core as `setCore` takes it. */
const bytes = readFileSync("build/core.wasm");

test("a socket waits for setCore(), and its first link for nothing more", async () => {
  const host = new FakeHost();
  // It provides the core of the connections from here on.
  const { setCore } = await import("../../src/slim.js");
  const socket = new Manager("http://host", { transports: ["websocket"] }).socket("/");
  const answers: unknown[] = [];
  socket.emit("a", 1, (answer: unknown) => answers.push(answer));
  await new Promise<void>((resolve) => setImmediate(resolve));
  assert.equal(host.transports.length, 0);

  let load = (_: Uint8Array) => {};
  setCore(new Promise<Uint8Array<ArrayBuffer>>((resolve) => (load = resolve as typeof load)));
  const second = new Manager("http://other", { transports: ["websocket"] }).socket("/");
  assert.deepEqual(
    host.transports.map(({ uri }) => uri),
    ["ws://other/socket.io/?EIO=4&transport=websocket"],
    "its server answers while the core is loading",
  );
  load(bytes);
  await host.created(2);
  const [there, here] = host.transports;
  assert.equal(here?.uri, "ws://host/socket.io/?EIO=4&transport=websocket");
  for (const transport of [here, there]) {
    transport?.on.opened();
    transport?.receive(HANDSHAKE, '40{"sid":"ID"}');
  }
  assert.deepEqual([socket.connected, second.connected], [true, true]);
  assert.deepEqual(here?.takeSent(), ["40", '420["a",1]']);
  here?.receive("430[2]");
  assert.deepEqual(answers, [2]);
  for (const { io } of [socket, second]) io._close();
});
