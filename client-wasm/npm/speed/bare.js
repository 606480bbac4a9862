// A page that exchanges the same frames by a WebSocket and does nothing with them: what a client needs more is its own.

import { timesOf, valuesOf } from "./cases.mjs";

let socket;
let listener;

/** Returns the frames of an event. */
function frames(value) {
  if (!ArrayBuffer.isView(value)) return [`42${JSON.stringify(["event", value])}`];
  return ['451-["event",{"_placeholder":true,"num":0}]', value];
}

/** Resolves when a frame with that beginning is received. */
const until = (start) =>
  new Promise((resolve) => {
    listener = (data) => {
      if (typeof data === "string" && data.startsWith(start)) resolve();
    };
  });

async function ask(text, answer) {
  const answered = until(answer);
  socket.send(text);
  await answered;
}

async function receive(name, times) {
  await ask(`420["prepare","${name}",${times}]`, "430");
  await ask('42["go"]', '42["sent"]');
}

async function send(name, times) {
  const events = valuesOf(name).map(frames);
  for (let n = 1; n <= times; n++) {
    for (const frame of events[n % events.length]) socket.send(frame);
    if (n % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  await ask('420["count"]', "430");
}

globalThis.begin = async () => {
  socket = new WebSocket(`${location.origin.replace("http", "ws")}/socket.io/?EIO=4&transport=websocket`);
  socket.binaryType = "arraybuffer";
  socket.onmessage = ({ data }) => (data === "2" ? socket.send("3") : listener(data));
  await until("0");
  await ask("40", "40");
};
/** Returns the number of events. */
globalThis.run = async (way, name, part) => {
  const times = timesOf(name, part);
  await { receive, send }[way](name, times);
  return times;
};
