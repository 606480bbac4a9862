// A slow mobile network in front of a server: 150 ms there and back, 1.6 Mbit/s down for all connections together. Chromium's own
// emulation does not delay WebSockets.

import { connect, createServer } from "node:net";

const ROUND_TRIP = 150;
const BYTES_PER_MS = 200;
/** The size of a packet: others have their turn in between. */
const PACKET = 1_460;

/** Returns the URL under which the server is far away. */
export async function slowNetwork(url) {
  const { port } = new URL(url);
  const down = new Line(BYTES_PER_MS);
  const server = createServer((client) => {
    const up = new Line(Infinity);
    // A connection is open for the client after a round trip.
    const opened = Date.now() + ROUND_TRIP;
    const upstream = connect(port, "127.0.0.1");
    pipe(client, upstream, up, opened);
    pipe(upstream, client, down, opened);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}`, stop: () => server.close() };
}

/** A direction: packets arrive in order, half a round trip after they have left. */
class Line {
  #freeAt = 0;

  constructor(speed) {
    this.speed = speed;
  }

  /** Returns when a packet arrives that is sent now, or at `earliest`. */
  arrival(size, earliest) {
    this.#freeAt = Math.max(this.#freeAt, Date.now(), earliest) + size / this.speed;
    return this.#freeAt + ROUND_TRIP / 2;
  }
}

function pipe(from, to, line, opened) {
  // Timers of the same time may be called in another order.
  const packets = [];
  const later = (packet, size) => {
    packets.push(packet);
    setTimeout(() => packets.shift()(), line.arrival(size, opened) - Date.now());
  };
  from.on("data", (data) => {
    for (let at = 0; at < data.length; at += PACKET) {
      const packet = data.subarray(at, at + PACKET);
      later(() => to.write(packet), packet.length);
    }
  });
  from.on("end", () => later(() => to.end(), 0));
  from.on("error", () => to.destroy());
}
