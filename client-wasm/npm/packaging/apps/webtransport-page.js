// Connects over WebTransport, or upgrades to it, and sends events, acks and binary data both ways.

import { io, WebTransport as Transport } from "client";

const params = new URLSearchParams(location.search);
const hash = Uint8Array.from(params.get("certificate").match(/../g), (byte) => Number.parseInt(byte, 16));
/** This package takes the class; socket.io-client knows the name. */
const webtransport = params.get("client") === "ours" ? Transport : "webtransport";
// Beside a WebSocket, a WebTransport has a start of 200 ms, which is little on a busy machine.
const transports = {
  webtransport: [webtransport],
  upgrade: ["polling", webtransport],
  blocked: ["polling", "websocket", webtransport],
  refused: ["polling", "websocket", webtransport],
}[params.get("mode")];

async function run() {
  const options = { serverCertificateHashes: [{ algorithm: "sha-256", value: hash }] };
  const socket = io("/lab", { transports, transportOptions: { webtransport: options }, reconnection: false });
  const failed = new Promise((_, reject) => socket.on("connect_error", reject));
  await Promise.race([new Promise((resolve) => socket.on("connect", resolve)), failed]);
  const { engine } = socket.io;
  if (transports.length > 1 && engine.transport.name === "polling") await new Promise((resolve) => engine.once("upgrade", resolve));
  const values = ["é中😀", 1.5, null, [1, [2]], { a: { b: "c" } }, "x".repeat(70_000)];
  const echoed = await socket.emitWithAck("echo", ...values, Uint8Array.of(1));
  const large = await socket.emitWithAck("echo", new Uint8Array(900_000));
  const ticks = [];
  socket.on("tick", (n) => ticks.push(n));
  await new Promise((resolve) => {
    socket.on("flooded", resolve);
    socket.emit("flood", 300, "x".repeat(100));
  });
  const inOrder = ticks.length === 300 && ticks.every((n, at) => n === at);
  const { name } = engine.transport;
  const ended = new Promise((resolve) => socket.on("disconnect", resolve));
  socket.disconnect();
  const reason = await ended;
  return `${name}, echoed ${echoed}, ${large.byteLength} bytes, ${inOrder ? "in order" : ticks}, ${reason}`;
}

globalThis.outcome = run();
