// Measures a client in a page. The bundler replaces `IO` by the client.

import { io } from "IO";
import { timesOf } from "./cases.mjs";
import { connect, receive, send } from "./work.mjs";

let socket;

const goAndWait = (all) => {
  socket.emit("go");
  return all();
};

const WAYS = { receive: (name, times) => receive(socket, name, times, goAndWait), send: (name, times) => send(socket, name, times) };

globalThis.begin = async () => {
  socket = await connect(io, location.origin);
};
/** Returns the number of events. */
globalThis.run = async (way, name, part) => {
  const times = timesOf(name, part);
  await WAYS[way](name, times);
  return times;
};
