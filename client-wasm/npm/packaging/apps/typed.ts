import type { Socket } from "tidewire";
import { io, Manager } from "tidewire";
import { io as lazily } from "tidewire/lazy";
import { DENY, type Envelope, parseMsg, readEnvelope } from "tidewire/envelope";

interface ToClient {
  news: (text: string, count: number) => void;
}
interface ToServer {
  echo: (text: string, answer: (text: string) => void) => void;
}

export const socket: Socket<ToClient, ToServer> = io("http://localhost", { transports: ["websocket"], auth: { token: "t" } });
socket.on("news", (text, count) => text.repeat(count));
socket.emit("echo", "text", (answer) => answer.length);
// @ts-expect-error no such event
socket.emit("nothing");
// @ts-expect-error a number is not a text
socket.emit("echo", 1, () => {});
export const later: Socket = lazily("http://localhost", { autoConnect: false });
export const manager = new Manager("http://localhost", { reconnectionDelayMax: 10_000 });

export const message: Envelope<{ text: string }> = readEnvelope(parseMsg(DENY, { text: "no" }, { target: "you" }));
message.data.payload.text.length;
// @ts-expect-error an action is text
parseMsg(7);
