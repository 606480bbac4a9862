// What is measured with a real server, in Node and in a page: events that are received, and events that are sent.

import { valuesOf } from "./cases.mjs";

export const connect = (io, url) =>
  new Promise((resolve, reject) => {
    const socket = io(url, { transports: ["websocket"], forceNew: true, perMessageDeflate: false });
    socket.on("connect", () => resolve(socket));
    socket.on("connect_error", reject);
  });

/** Receives events of a case. `run` starts them and waits for the function that it gets, which resolves when all have come. */
export async function receive(socket, name, times, run) {
  let received = 0;
  const listener = () => received++;
  socket.on("event", listener);
  const sent = new Promise((resolve) => socket.once("sent", resolve));
  await socket.emitWithAck("prepare", name, times);
  await run(() => sent);
  socket.off("event", listener);
  if (received !== times) throw new Error(`${received} of ${times} events were received`);
}

/** Sends events of a case, yields to the event loop every 500 events, and resolves when the server has received all. */
export async function send(socket, name, times) {
  const values = valuesOf(name);
  for (let n = 1; n <= times; n++) {
    socket.emit("event", values[n % values.length]);
    if (n % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const count = await socket.emitWithAck("count");
  if (count !== times) throw new Error(`${count} of ${times} events arrived`);
}
