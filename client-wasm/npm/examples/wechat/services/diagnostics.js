// What the connection is, and what has happened to it.

import { coreState } from "tidewire";

import { secondOf } from "../utils/time";
import { createStore } from "./store";

const MOST_LINES = 50;
const NOTHING = "–";

export const diagnostics = createStore({
  isConnected: false,
  isJoined: false,
  transport: NOTHING,
  server: NOTHING,
  core: NOTHING,
  coreWhy: "",
  socketId: NOTHING,
  roundTrip: NOTHING,
  reconnects: 0,
  recovery: NOTHING,
  lastEnd: NOTHING,
  lastError: NOTHING,
  log: [],
});

const SERVERS = { eio3: "Socket.IO 2.x", eio4: "Socket.IO 3.x / 4.x" };
const CORES = { wasm: "WebAssembly", js: "JavaScript", loading: "加载中" };

let socket;
let peers;
let sentAt = 0;

/** Shows another socket from now on. */
export function watch(newSocket, newPeers) {
  socket = newSocket;
  peers = newPeers;
  diagnostics.set({ isJoined: true, isConnected: false, reconnects: 0, recovery: NOTHING, lastEnd: NOTHING, lastError: NOTHING, roundTrip: NOTHING });
  socket.on("connect", () => connected(newSocket));
  socket.on("disconnect", (reason, details) => {
    const lastEnd = details && details.description ? `${reason}（${details.description}）` : reason;
    diagnostics.set({ isConnected: false, transport: NOTHING, socketId: NOTHING, roundTrip: NOTHING, lastEnd });
    log(`断开：${lastEnd}`);
  });
  socket.on("connect_error", ({ message, description }) => {
    // The host's own reason says more, and what to do.
    const lastError = (description && description.message) || message;
    diagnostics.set({ lastError });
    log(`连接失败：${lastError}`);
  });
  socket.io.on("reconnect_attempt", (attempt) => log(`第 ${attempt} 次重连`));
  peers.on("denied", ({ message }) => {
    const lastEnd = `被服务器拒绝：${message}`;
    diagnostics.set({ lastEnd });
    log(lastEnd);
  });
  peers.on("error", ({ message }) => diagnostics.set({ lastError: message }));
  peers.on("message", (payload, { sender }) => {
    if (sender === newSocket.id && payload.kind === "ping") diagnostics.set({ roundTrip: `${Date.now() - sentAt} ms` });
  });
}

/** Measures the round trip: a message to this client itself goes through the server. */
export function measure() {
  if (!socket || !socket.connected) return;
  sentAt = Date.now();
  peers.send(socket.id, { kind: "ping" });
}

/** Returns everything as text, for a report of a fault. */
export const report = () => JSON.stringify(diagnostics.state, undefined, 2);

function connected(socket) {
  const { state } = diagnostics;
  const isFirst = state.lastEnd === NOTHING;
  const { kind, errors } = coreState();
  diagnostics.set({
    isConnected: true,
    transport: socket.io.engine.transport.name,
    server: SERVERS[socket.io.engineVersion()],
    core: CORES[kind],
    coreWhy: kind === "js" ? errors.join("\n") : "",
    socketId: socket.id,
    reconnects: state.reconnects + (isFirst ? 0 : 1),
    recovery: isFirst ? NOTHING : socket.recovered ? "已恢复，没有丢失消息" : "新会话",
  });
  // The upgrade from polling.
  socket.io.engine.once("upgrade", ({ name }) => diagnostics.set({ transport: name }));
  log(`已连接：${socket.id}`);
  measure();
}

function log(text) {
  diagnostics.append("log", { time: secondOf(new Date()), text }, MOST_LINES);
}
