/** Types of Echo channels. */

import { type Channel, Echo, type Member } from "../../src/entry/echo.js";
import { io, type Socket } from "../../src/entry/index.js";

interface User {
  name: string;
}

export function listenOverTypedSocket(socket: Socket<{ said(text: string): void }, { say(text: string): void }>): Echo {
  return new Echo(socket);
}

export function listen(): void {
  const echo = new Echo(io("https://example.com"), { bearerToken: async (channel) => channel, namespace: false });
  echo.channel("orders").listen<{ id: number }>("OrderShipped", ({ id }) => id.toFixed());
  // Without a type, the data is any.
  echo.private("chat").listenForWhisper("typing", ({ any }) => any);
  const room: Channel<User> = echo.join<User>("room");
  room.here((users) => users.map(({ name }) => name)).error((status) => status.toFixed());
  const members: Member<User>[] = room.members;
  // @ts-expect-error a user has no such field
  room.joining(({ age }) => age);
  // @ts-expect-error a token is text
  new Echo(io(), { bearerToken: 7 });
  const headers: Record<string, string> = echo.headers();
  const id: string | undefined = echo.socketId();
  void [members, headers, id];
}
