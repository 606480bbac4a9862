// A page with one socket, which writes down what it hears.

import { io } from "tidewire";

const search = new URL(location.href).searchParams;
const delay = Number(search.get("delay"));

let said = [];
let waiting = () => {};

globalThis.say = say;

function say(line) {
  said.push(line);
  waiting();
}

/** What was said since the last time, once one that begins so is among it. */
globalThis.heard = (wanted) =>
  new Promise((resolve) => {
    waiting = () => {
      if (!said.some((line) => line.startsWith(wanted))) return;
      resolve(said);
      said = [];
      waiting = () => {};
    };
    waiting();
  });

let ahead = 0;
const { now } = Date;
Date.now = () => now() + ahead;

/** Time passes without the page: as while a device sleeps. */
globalThis.passes = (span) => {
  ahead += span;
};

const socket = io(location.origin, {
  transports: [search.get("transport")],
  reconnectionDelay: delay,
  reconnectionDelayMax: delay,
  randomizationFactor: 0,
});
socket.on("connect", () => say("connect"));
socket.on("disconnect", (reason, details) => say(`disconnect ${reason} ${(details && details.description) || ""}`.trim()));

globalThis.echo = () => socket.emitWithAck("acked", "echoed");
