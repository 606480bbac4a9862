// What a page says of every value: with the client and the parser that it is bundled with.

import { io } from "client";
import msgpack from "socket.io-msgpack-parser";
import { look } from "./values.js";

const search = new URL(location.href).searchParams;
const parser = search.get("parser") ? { parser: msgpack } : {};

globalThis.outcome = look(io, { transports: search.get("transports").split(","), ...parser }).then(JSON.stringify);
