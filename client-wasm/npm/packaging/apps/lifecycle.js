// A page with one socket, which logs its events.

import { io } from "tidewire";

const search = new URL(location.href).searchParams;
const delay = Number(search.get("delay"));

let events = [];
let waiting = () => {};

globalThis.log = log;

function log(line) {
  events.push(line);
  waiting();
}

/** Waits for an event that begins with `wanted`; returns all events since the last call. */
globalThis.until = (wanted) =>
  new Promise((resolve) => {
    waiting = () => {
      if (!events.some((line) => line.startsWith(wanted))) return;
      resolve(events);
      events = [];
      waiting = () => {};
    };
    waiting();
  });

let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

/** Advances the clock without timers, like a sleeping device. */
globalThis.sleep = (span) => {
  ahead += span;
};

const socket = io(location.origin, {
  transports: [search.get("transport")],
  reconnectionDelay: delay,
  reconnectionDelayMax: delay,
  randomizationFactor: 0,
});
socket.on("connect", () => log("connect"));
socket.on("disconnect", (reason, details) => log(`disconnect ${reason} ${(details && details.description) || ""}`.trim()));

globalThis.echo = () => socket.emitWithAck("acked", "echoed");
