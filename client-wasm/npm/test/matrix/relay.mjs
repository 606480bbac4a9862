// A path of UDP to a server. Cut, it loses all packets, and neither side hears of it.

import { createSocket } from "node:dgram";
import { once } from "node:events";

const HOST = "127.0.0.1";

/** Whether a packet may be the first of a connection: it has a long header (RFC 9000, 17.2). */
const mayOpen = (packet) => (packet[0] & 0x80) !== 0;

/** Starts a path from a port to another. */
export async function startRelay(port, to) {
  const near = createSocket("udp4");
  /** By the client's port: the socket that the server knows as the client, or `null` once it is cut. */
  const paths = new Map();
  const open = (client) => {
    const far = createSocket("udp4");
    far.on("message", (packet) => near.send(packet, client, HOST));
    // It tells that an earlier packet was lost.
    far.on("error", () => {});
    paths.set(client, far);
  };
  near.on("message", (packet, { port: client }) => {
    // A connection that is cut does not move to another port.
    if (!paths.has(client) && mayOpen(packet)) open(client);
    paths.get(client)?.send(packet, to, HOST);
  });
  near.bind(port, HOST);
  await once(near, "listening");
  const cut = () => {
    for (const [client, far] of paths) {
      far?.close();
      paths.set(client, null);
    }
  };
  return {
    /** Cuts all connections. New ones pass. */
    cut,
    stop() {
      cut();
      near.close();
    },
  };
}
