// The work that is measured, in Node and in a page.

/** Cases: the number of events, and their payload. */
export const CASES = {
  "20 B": [40_000, () => "x".repeat(20)],
  "1 kB, ASCII": [15_000, () => "x".repeat(1_000)],
  "1 kB, Chinese": [15_000, () => "中".repeat(340)],
  "64 kB": [500, () => "x".repeat(65_536)],
  "64 kB, binary": [500, () => new Uint8Array(65_536)],
};

export const connect = (io, url) =>
  new Promise((resolve, reject) => {
    const socket = io(url, { transports: ["websocket"], forceNew: true, perMessageDeflate: false });
    socket.on("connect", () => resolve(socket));
    socket.on("connect_error", reject);
  });

/** Receives the events of a case. */
export async function receive(socket, name) {
  const [times, payload] = CASES[name];
  let received = 0;
  const listener = () => received++;
  socket.on("event", listener);
  const sent = new Promise((resolve) => socket.once("sent", resolve));
  socket.emit("send", times, payload());
  await sent;
  socket.off("event", listener);
  if (received !== times) throw new Error(`${received} of ${times} events were received`);
}

/** Sends the events of a case, yields to the event loop every 500 events, and waits until the server received all. */
export async function send(socket, name) {
  const [times, payload] = CASES[name];
  const value = payload();
  for (let n = 1; n <= times; n++) {
    socket.emit("event", value);
    if (n % 500 === 0) await new Promise((resolve) => setTimeout(resolve));
  }
  const count = await new Promise((resolve) => socket.emit("count", resolve));
  if (count !== times) throw new Error(`${count} of ${times} events arrived`);
}

export const WORK = { receive, send };
