// One client in a page: `IO` is replaced by the module when this is bundled.

import { io } from "IO";
import { connect, WORK } from "./work.mjs";

let socket;
globalThis.begin = async (url) => {
  socket = await connect(io, url);
};
globalThis.run = (way, name) => WORK[way](socket, name);
