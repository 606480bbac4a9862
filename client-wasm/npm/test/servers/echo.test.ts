/** `tidewire/echo`, and laravel-echo itself over this package's `io`, with laravel-echo-server. */

import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";

import { within } from "../../packaging/limit.mjs";
import { Echo } from "../../src/entry/echo.js";
import { io } from "../../src/entry/node.js";
import type { Socket } from "../../src/manager.js";
import { PEERS, type Peer, start, startRedis } from "./peers.js";
import { next } from "./scenarios.js";

/** Its CommonJS file does not load in Node. */
const { default: ECHO_2 } = await import(pathToFileURL(join(PEERS, "node_modules/laravel-echo-2/dist/echo.js")).href);

const LIMIT = { timeout: 60_000 };

/** The part of an Echo that both have. */
interface AnyEcho {
  channel(name: string): any;
  private(name: string): any;
  join(name: string): any;
  leave(name: string): void;
  leaveChannel(name: string): void;
  socketId(): string | undefined;
}

describe("laravel-echo-server", () => {
  let redis: Awaited<ReturnType<typeof startRedis>>;
  let peer: Peer;
  const sockets: Socket[] = [];
  before(async () => {
    redis = await startRedis();
    peer = await start("laravelEcho", { REDIS_PORT: redis.port });
  });
  after(() => {
    for (const socket of sockets) socket.io._close();
    peer.stop();
    redis.stop();
  });

  const request = (path: string, body?: object) =>
    fetch(`${peer.url}/apps/app/${path}`, {
      headers: { Authorization: "Bearer key" },
      ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
    }).then((response) => response.json() as any);

  /** Broadcasts an event, as Laravel does. */
  const broadcast = async (channel: string, name: string, data: unknown, except?: string) =>
    assert.deepEqual(await request("events", { channel, name, data, socket_id: except }), { message: "ok" });

  /** Waits until a channel has so many subscriptions: the server confirms those of presence channels only. */
  async function subscribed(channel: string, count: number): Promise<void> {
    let isLate = false;
    const ask = async () => {
      while (!isLate && (await request(`channels/${channel}`)).subscription_count !== count);
    };
    await within(`${count} subscriptions of ${channel}`, ask()).finally(() => {
      isLate = true;
    });
  }

  const transport = { forceNew: true, transports: ["websocket"], reconnectionDelay: 5, compat: 2 as const };

  function ours(user: string): AnyEcho & { socket: Socket } {
    const socket = io(peer.url, transport);
    sockets.push(socket);
    return new Echo(socket, { bearerToken: async () => `user-${user}` }) as Echo & { socket: Socket };
  }

  /** laravel-echo, which makes its socket by our `io`. */
  const theirs = (LaravelEcho: any) => (user: string) => {
    const echo = new LaravelEcho({
      broadcaster: "socket.io",
      client: io,
      host: peer.url,
      auth: { headers: { Authorization: `Bearer user-${user}` } },
      withoutInterceptors: true,
      ...transport,
    });
    sockets.push(echo.connector.socket);
    return Object.assign(echo, { socket: echo.connector.socket }) as AnyEcho & { socket: Socket };
  };

  const KINDS = {
    "tidewire/echo": ours,
    "laravel-echo 1.19.0 over our io": theirs(createRequire(join(PEERS, "x.js"))("laravel-echo").default),
    "laravel-echo 2.5.0 over our io": theirs(ECHO_2),
  };

  for (const [kind, make] of Object.entries(KINDS)) {
    describe(kind, () => {
      // Each kind has channels of its own.
      const id = Object.keys(KINDS).indexOf(kind);
      const heard = (channel: any, listen: string, event?: string) =>
        new Promise<any>((resolve) => (event === undefined ? channel[listen](resolve) : channel[listen](event, resolve)));

      test("public channels: events, names, exclusion, leaving", LIMIT, async () => {
        const [ann, bob] = [make("ann"), make("bob")];
        const name = `orders${id}`;
        const shipped = heard(ann.channel(name), "listen", "OrderShipped");
        const verbatim = heard(ann.channel(name), "listen", ".order.shipped");
        const forBob: unknown[] = [];
        bob.channel(name).listen(".order.shipped", (data: unknown) => forBob.push(data));
        await subscribed(name, 2);
        await broadcast(name, "App\\Events\\OrderShipped", { id: 1 });
        assert.deepEqual(await shipped, { id: 1 });
        await broadcast(name, "order.shipped", "ann only", bob.socketId());
        assert.equal(await verbatim, "ann only");
        const toBob = heard(bob.channel(name), "listen", ".last");
        ann.leave(name);
        await subscribed(name, 1);
        await broadcast(name, "last", "bob only");
        assert.equal(await toBob, "bob only");
        assert.deepEqual(forBob, []);
      });

      test("private channels: whispers", LIMIT, async () => {
        const [ann, bob] = [make("ann"), make("bob")];
        const name = `chat${id}`;
        const own: unknown[] = [];
        ann.private(name).listenForWhisper("typing", (data: unknown) => own.push(data));
        const typing = heard(bob.private(name), "listenForWhisper", "typing");
        await subscribed(`private-${name}`, 2);
        ann.private(name).whisper("typing", { who: "ann" });
        assert.deepEqual(await typing, { who: "ann" });
        assert.deepEqual(own, []);
      });

      test("presence channels: here, joining, leaving", LIMIT, async () => {
        const [ann, bob] = [make("1"), make("b")];
        const name = `room${id}`;
        const room = ann.join(name);
        const joining = heard(room, "joining");
        const leaving = heard(room, "leaving");
        assert.deepEqual(await heard(room, "here"), [{ name: "user 1" }]);
        const both = await heard(bob.join(name), "here");
        assert.deepEqual(both.map((user: any) => user.name).sort(), ["user 1", "user b"]);
        assert.deepEqual(await joining, { name: "user b" });
        bob.leaveChannel(`presence-${name}`);
        assert.deepEqual(await leaving, { name: "user b" });
      });

      test("a reconnect subscribes again", LIMIT, async () => {
        const ann = make("1");
        const name = `again${id}`;
        const events: unknown[] = [];
        ann.channel(name).listen(".e", (data: unknown) => events.push(data));
        await heard(ann.join(name), "here");
        const first = ann.socketId();
        const here = heard(ann.join(name), "here");
        ann.socket.io.engine.close();
        await next(ann.socket, "connect");
        assert.deepEqual(await here, [{ name: "user 1" }]);
        await subscribed(name, 1);
        const last = heard(ann.channel(name), "listen", ".last");
        await broadcast(name, "e", 1);
        await broadcast(name, "last", 2);
        assert.equal(await last, 2);
        assert.deepEqual(events, [1]);
        assert.notEqual(ann.socketId(), first);
      });
    });
  }

  test("refusals, and another token", LIMIT, async () => {
    const tokens = ["", "Bearer old", "Bearer user-ann"];
    const socket = io(peer.url, transport);
    sockets.push(socket);
    const echo = new Echo(socket, { auth: { headers: async () => ({ Authorization: tokens.shift() as string }) } });
    const refusal = (channel: { error(callback: (status: number) => void): unknown }) => new Promise<number>((resolve) => channel.error(resolve));
    const channel = echo.private("refused");
    assert.equal(await refusal(channel), 403);
    channel.subscribe();
    assert.equal(await refusal(channel), 403);
    channel.subscribe();
    await subscribed("private-refused", 1);
    for (const [name, status] of [
      ["forbidden", 403],
      ["unreachable", 0],
    ] as const) {
      tokens.push("Bearer user-ann");
      assert.equal(await refusal(echo.private(name)), status);
    }
  });
});
