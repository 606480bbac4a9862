// Measures one client in a page; the bundler replaces `IO` by the module of the client.

import { io } from "IO";
import { connect, WORK } from "./work.mjs";

let socket;
globalThis.begin = async (url) => {
  socket = await connect(io, url);
};
globalThis.run = (way, name) => WORK[way](socket, name);
