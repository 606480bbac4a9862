/** Types of what the reference has not. */

import { io } from "socket.io-client";

export function beyond(): void {
  const { signal } = new AbortController();
  const socket = io({ offlinePackets: 1, offlineBytes: 1, offlinePolicy: "drop-oldest", engineVersion: "eio3", connectTimeout: 1, retryWindow: 2 });
  socket.on("x", () => {}, { signal });
  socket.once("x", () => {}, { signal });
  void socket.signal(signal).emitWithAck("x");
  // @ts-expect-error
  io({ offlinePolicy: "keep" });
  // @ts-expect-error
  io({ engineVersion: "eio5" });
}
