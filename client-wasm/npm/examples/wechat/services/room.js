// The room: who is here, and what they say. The server delivers from one client to another, so a message to all goes to each member.

import { io } from "tidewire";
import { Peers } from "tidewire/peers";

import { SERVER } from "../config";
import { minuteOf } from "../utils/time";
import { watch } from "./diagnostics";
import { createStore } from "./store";

const MOST_MESSAGES = 200;

/** `phase`: idle, connecting, online, reconnecting, stopped (by the user), or ended (by the server, with its `reason`). */
export const room = createStore({
  phase: "idle",
  isOffline: false,
  attempt: 0,
  reason: "",
  name: "",
  roomName: "",
  members: [],
  messages: [],
});

/** The names of the others by id. The server only knows ids, so each member tells its name to the others. */
const names = new Map();

let socket;
let peers;
let count = 0;

export function setOffline(isOffline) {
  room.set({ isOffline });
}

export function join(name, roomName) {
  close();
  room.set({ phase: "connecting", attempt: 0, reason: "", name, roomName, messages: [] });
  socket = io(SERVER, {
    forceNew: true,
    query: { room: roomName, userId: name },
    // A network that blocks WebSockets gets requests.
    transports: ["websocket", "polling"],
    tryAllTransports: true,
  });
  peers = new Peers(socket);
  listen(socket, peers);
  watch(socket, peers);
}

export function leave() {
  close();
  room.set({ phase: "idle", reason: "", messages: [] });
}

/** Sends a text to the member `to`, or to all. */
export function say(text, to) {
  for (const id of to ? [to] : peers.online) peers.send(id, { kind: "text", text });
  show({ kind: "mine", text, title: to ? `发给 ${nameOf(to)}` : "" });
}

export function connect() {
  if (!socket) return;
  room.set({ phase: "connecting", reason: "" });
  socket.connect();
}

export function disconnect() {
  if (socket) socket.disconnect();
}

function close() {
  if (!socket) return;
  peers.close();
  socket.off();
  socket.disconnect();
  socket = peers = undefined;
  names.clear();
  room.set({ members: [] });
}

function listen(socket, peers) {
  socket.on("connect", () => room.set({ phase: "online", attempt: 0, reason: "" }));
  socket.on("disconnect", (why) => {
    names.clear();
    room.set({ members: [], ...afterEnd(socket, why) });
  });
  socket.on("connect_error", (error) => {
    if (!socket.active && room.state.phase !== "ended") room.set({ phase: "ended", reason: error.message });
  });
  socket.io.on("reconnect_attempt", (attempt) => room.set({ phase: "reconnecting", attempt }));

  peers.on("join", (id) => meet(id));
  peers.on("leave", (id) => part(id));
  peers.on("message", (payload, { sender }) => receive(payload, sender));
  peers.on("denied", ({ message }) => room.set({ phase: "ended", reason: message || "服务器拒绝了连接" }));
}

/** Returns the state after a disconnect: the client comes back by itself unless the server or the user has ended it. */
function afterEnd(socket, why) {
  if (socket.active) return { phase: "reconnecting" };
  return why === "io client disconnect" ? { phase: "stopped" } : { phase: "ended", reason: "服务器断开了连接" };
}

/** Notes a member and tells it the own name. */
function meet(id) {
  if (names.has(id)) return;
  names.set(id, "");
  peers.send(id, { kind: "name", name: room.state.name });
  showMembers();
}

function part(id) {
  if (!names.has(id)) return;
  show({ kind: "notice", text: `${nameOf(id)} 离开了` });
  names.delete(id);
  showMembers();
}

function receive(payload, sender) {
  if (!sender || sender === socket.id) return;
  // A server without Redis does not list the members who came before.
  meet(sender);
  const { kind, name, text } = payload || {};
  if (kind === "name") {
    if (!names.get(sender)) show({ kind: "notice", text: `${name} 来了` });
    names.set(sender, String(name));
    return showMembers();
  }
  // Other programs of the room send what they like.
  show({ kind: "theirs", title: nameOf(sender), text: kind === "text" ? String(text) : JSON.stringify(payload) });
}

const nameOf = (id) => names.get(id) || `访客 ${id.slice(-4)}`;

function showMembers() {
  const members = Array.from(names.keys(), (id) => ({ id, name: nameOf(id), initial: nameOf(id).slice(0, 1) }));
  room.set({ members });
}

function show(message) {
  count++;
  const { title = "" } = message;
  room.append("messages", { ...message, title, id: `m${count}`, initial: title.slice(0, 1), time: minuteOf(new Date()) }, MOST_MESSAGES);
}
