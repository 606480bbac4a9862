/** An application's code with the types of the package, in any mini-program. */

import io, { type CoreState, coreState, Manager, MiniPolling, io as named, type Socket, type SocketEvent, setWasmPath, WebSocket } from "tidewire";

interface ServerEvents {
  res(text: string): void;
}
interface ClientEvents {
  chat(text: string, answer?: (text: string) => void): void;
}

export function chat(): void {
  setWasmPath("/assets/core.wasm");
  const socket: Socket<ServerEvents, ClientEvents> = io("wss://example.com/chat", {
    transports: ["websocket"],
    extraHeaders: { "X-Token": "secret" },
    auth: { token: "secret" },
  });
  socket.on("connect", () => socket.emit("chat", "hello"));
  socket.on("res", (text) => console.log(text.length));
  socket.on("connect_error", (error) => console.log(error.message));
  // @ts-expect-error
  socket.emit("unknown");
  void socket.timeout(1000).emitWithAck("chat", "question");
  const again = named("wss://example.com", { transports: [MiniPolling] });
  again.disconnect();
  void new Manager("wss://example.com").socket("/chat");
  const state: CoreState = coreState();
  if (state.kind === "js") console.log(state.errors.join());
}

export function plain(): void {
  const socket = new WebSocket("wss://example.com", ["chat"]);
  socket.addEventListener("message", (event: SocketEvent) => console.log(event.data));
  socket.onclose = ({ code, reason }) => console.log(code, reason);
  if (socket.readyState === WebSocket.OPEN) socket.send(new Uint8Array([1]).buffer);
  // @ts-expect-error
  socket.send(1);
}
