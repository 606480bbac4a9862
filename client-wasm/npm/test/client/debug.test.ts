/** The trace for users of the package `debug`. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { traceMachines } from "../../src/debug.js";
import { FakeHost } from "./support/host.js";

/** Connects, sends and receives; returns the printed lines. */
function trace(names: string | undefined): string[] {
  const host = new FakeHost();
  const lines: string[] = [];
  traceMachines(names, (line) => lines.push(line));
  const agent = Object.assign(new Map(), { own: {} });
  agent.own = agent;
  const socket = host.connectedSocket({ agent });
  socket.emit("a", "b".repeat(600), Uint8Array.of(1));
  host.transport.receive('42["c"]');
  socket.disconnect();
  return lines;
}

test("the calls of the machine are printed if they are selected", () => {
  const all = trace("express:*, tidewire*").join("\n");
  for (const pattern of [
    /^tidewire:in 1 connect \d+ 0$/m,
    /^tidewire:out 1 open \d+ \{transport: websocket, query: EIO=4&transport=websocket\}$/m,
    /^tidewire:in 1 emit \d+ 0 \["a","bbb.+… \(\d+\) \[<1 bytes>\]/m,
    /^tidewire:in 1 handlePacket \d+ \d+ 42\["c"\]$/m,
    /^tidewire:out 1 message 0 \["c"\]/m,
    /^tidewire:out 1 disconnected 0 io client disconnect$/m,
  ]) {
    assert.match(all, pattern);
  }
  assert.doesNotMatch(all, /poll /);
});

test("names select and exclude as in debug", () => {
  const kinds = (names: string | undefined) => [...new Set(trace(names).map((line) => line.split(" ")[0]))].sort();
  assert.deepEqual(kinds("*"), ["tidewire:in", "tidewire:out"]);
  assert.deepEqual(kinds("tidewire:in"), ["tidewire:in"]);
  assert.deepEqual(kinds("tidewire:* -tidewire:in"), ["tidewire:out"]);
  for (const names of [undefined, "", "tide", "tidewire", "-*"]) assert.deepEqual(kinds(names), []);
});
