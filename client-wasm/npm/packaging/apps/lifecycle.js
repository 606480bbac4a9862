// A page with one socket, which logs its events.

import { io } from "tidewire";

import { log } from "./lifecycle-log.js";

const search = new URL(location.href).searchParams;
const delay = Number(search.get("delay"));

const socket = io(location.origin, {
  transports: [search.get("transport")],
  reconnectionDelay: delay,
  reconnectionDelayMax: delay,
  randomizationFactor: 0,
});
socket.on("connect", () => log("connect"));
socket.on("disconnect", (reason, details) => log(`disconnect ${reason} ${(details && details.description) || ""}`.trim()));

globalThis.echo = () => socket.emitWithAck("acked", "echoed");
