/** Types of peers. */

import { io, type Socket } from "../../src/entry/index.js";
import { type Ids, Peers } from "../../src/entry/peers.js";

export function talkOverTypedSocket(socket: Socket<{ said(text: string): void }, { say(text: string): void }>): Peers {
  return new Peers(socket);
}

export async function talk(): Promise<void> {
  const peers = new Peers(io("/ptop"));
  peers.on("message", (text: string, { sender, meta }) => peers.send(sender, text + meta.timestamp));
  peers.on("join", (id: string) => id.length);
  const texts = new Peers<{ text: string }>(io("/ptop"));
  texts.on("message", ({ text }, { payload }) => text === payload.text);
  // @ts-expect-error a payload has no such field
  texts.on("message", ({ number }) => number);
  // @ts-expect-error there is no such event
  peers.on("arrive", () => {});
  const online: string[] = peers.online;
  const ids: Ids | undefined = peers.ids;
  const sent: Promise<void> = peers.send("a", { any: 1 });
  void [online, ids, await sent];
  new Peers(io(), { app: "app", sign: ({ app, timestamp }) => fetch(`/sign?${app}&${timestamp}`).then((response) => response.text()) });
  // @ts-expect-error a signature is text
  new Peers(io(), { app: "app", sign: () => 1 });
}
