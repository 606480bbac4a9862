/** Types of the features beyond socket.io-client. */

import { io, type TransportConstructor, type TransportEvents, type TransportHandle, type TransportOptions } from "socket.io-client";

declare function expectType<T>(value: T): void;

export function beyond(): void {
  const { signal } = new AbortController();
  const socket = io({
    offlinePackets: 1,
    offlineBytes: 1,
    offlinePolicy: "drop-oldest",
    engineVersion: "eio3",
    connectTimeout: 1,
    retryWindow: 2,
    maxAcks: 1,
    maxAttachments: 1,
  });
  socket.on("x", () => {}, { signal });
  socket.once("x", () => {}, { signal });
  void socket.signal(signal).emitWithAck("x");
  expectType<"eio3" | "eio4" | undefined>(socket.io.engineVersion());
  socket.io.on("drop", ({ nsp, data }, from) => {
    expectType<string>(nsp);
    expectType<unknown[]>(data);
    expectType<string | undefined>(from.id);
  });
  class HostSocket implements TransportHandle {
    get name() {
      return "websocket";
    }
    constructor(_uri: string, { protocols }: TransportOptions, on: TransportEvents) {
      if (!protocols) on.lost(new Error("no protocol"));
    }
    send(_data: unknown) {}
    close() {}
  }
  expectType<TransportConstructor>(HostSocket);
  io({ transports: [HostSocket] });
  // @ts-expect-error
  io({ offlinePolicy: "drop oldest" });
  // @ts-expect-error
  io({ offlinePolicy: "keep" });
  // @ts-expect-error
  io({ engineVersion: "eio5" });
}
