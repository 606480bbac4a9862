// Runs `values.js` in a page, with the client that it is bundled with.

import { io } from "client";
import msgpack from "socket.io-msgpack-parser";
import { runAll } from "./values.js";

const search = new URL(location.href).searchParams;
const parser = search.get("parser") ? { parser: msgpack } : {};

globalThis.outcome = runAll(io, { transports: search.get("transports").split(","), ...parser }).then(JSON.stringify);
