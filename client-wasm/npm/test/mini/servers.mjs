// Starts the servers of server-testbed, and restarts one on its port.

import { freePort } from "../../../../server-testbed/peers/free-port.js";
import { startServer as startOnce } from "../../packaging/servers.mjs";

/** The Engine.IO version of each server, or that of a client which it does not ask for another one. */
export const SERVERS = { socketio2: "eio3", socketio4: "eio4", egg: "eio3", testbed: "eio4" };

export async function startServer(name) {
  const port = String(await freePort());
  const start = () => startOnce(name, { PORT: port, RECOVERY: "1" });
  let running = await start();
  return {
    url: `http://127.0.0.1:${port}`,
    engineVersion: SERVERS[name],
    /** Whether it recovers the session of a client that comes back. */
    recovers: name === "socketio4",
    stop: () => running.stop(),
    async restart() {
      await running.stop();
      running = await start();
    },
  };
}
