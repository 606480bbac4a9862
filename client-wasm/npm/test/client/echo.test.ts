/** `tidewire/echo` against the vectors of the core, and with a socket of the test. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import { checkedHeaders } from "../../src/echo/headers.js";
import { isAuthorized, kindOf } from "../../src/echo/names.js";
import { Channels, channelName, Echo, type EchoOptions, eventName, type Member, type News, type Ticket } from "../../src/entry/echo.js";

const VECTORS = join(process.cwd(), "../../client-core/tests/vectors/echo.json");

const idOf = ({ userId }: Member) => userId;

function written(news: News | undefined): unknown {
  if (!news) return null;
  if (news.type === "here") return ["here", news.members.map(idOf)];
  return news.type === "refused" ? ["refused", news.status] : [news.type, news.member.userId];
}

/** Returns the text of the error that a call throws. */
function errorOf(call: () => unknown): string | undefined {
  try {
    call();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

const run = {
  event({ name, namespace, event, is }: any) {
    assert.equal(eventName(namespace, event), is, name);
  },
  channel({ name, kind, of, is, isKind, authorized, error }: any) {
    assert.equal(
      errorOf(() => channelName(kind, of)),
      error,
      name,
    );
    if (error) return;
    assert.deepEqual([channelName(kind, of), kindOf(is), isAuthorized(is)], [is, isKind, authorized], name);
  },
  header({ name, header: [key, value], is }: any) {
    assert.equal(errorOf(() => checkedHeaders({ [key]: value })) === undefined, is, name);
  },
  subscription({ name, channel, headers, is }: any) {
    const socket = new TestSocket();
    new Echo(socket, { auth: { headers } }).channel(channel);
    assert.deepEqual(socket.emitted, [["subscribe", is]], name);
  },
  whisper({ name, channel, whisper, data, is }: any) {
    const socket = new TestSocket();
    new Echo(socket).channel(channel).whisper(whisper, data);
    assert.deepEqual(socket.emitted[1], ["client event", is], name);
  },
  channels({ name, steps }: any) {
    const channels = new Channels();
    const tickets: Ticket[] = [];
    const number = (made: Ticket[]) => made.map((ticket) => tickets.push(ticket) - 1);
    for (const step of steps) {
      const { subscribe, ticket, connected, leave, event, channel, data, news, error, members } = step;
      if (subscribe) {
        const made = channels.subscribe(subscribe);
        assert.deepEqual(number(made ? [made] : []), ticket === null ? [] : [ticket], name);
      } else if (connected) {
        const made = channels.handleConnected();
        assert.deepEqual(
          made.map((one) => one.channel),
          connected,
          name,
        );
        assert.deepEqual(number(made), step.tickets, name);
      } else if ("send" in step) assert.equal(channels.send(tickets[step.send] as Ticket), step.is, name);
      else if ("fail" in step) assert.equal(channels.fail(tickets[step.fail] as Ticket), step.is, name);
      else if (leave) assert.equal(channels.leave(leave), step.tell, name);
      else if (error) {
        assert.equal(
          errorOf(() => channels.handleEvent(event, channel, data)),
          error,
          name,
        );
      } else if (event) assert.deepEqual(written(channels.handleEvent(event, channel, data)), news, name);
      else channels.handleDisconnected();
      if (members) assert.deepEqual(channels.members(channel).map(idOf), members, name);
    }
  },
};

/** A socket that keeps what is emitted, and lets the test be the server. */
class TestSocket {
  id: string | undefined = "s1";
  connected = true;
  readonly emitted: unknown[][] = [];
  private any: ((...args: any[]) => void)[] = [];
  private own: [string, (...args: any[]) => void][] = [];

  on(event: string, listener: (...args: any[]) => void) {
    this.own.push([event, listener]);
  }
  off(event: string, listener: (...args: any[]) => void) {
    this.own = this.own.filter(([name, one]) => name !== event || one !== listener);
  }
  onAny(listener: (...args: any[]) => void) {
    this.any.push(listener);
  }
  offAny(listener: (...args: any[]) => void) {
    this.any = this.any.filter((one) => one !== listener);
  }
  emit(...args: unknown[]) {
    this.emitted.push(args);
  }
  disconnect() {
    this.lose();
  }
  receive(event: string, ...args: unknown[]) {
    for (const listener of this.any.slice()) listener(event, ...args);
  }
  lose() {
    this.connected = false;
    this.tell("disconnect");
  }
  connect(id: string) {
    this.connected = true;
    this.id = id;
    this.tell("connect");
  }
  get listeners() {
    return this.any.length + this.own.length;
  }
  /** Takes the messages that were sent: the event, and the channel. */
  sent() {
    return this.emitted.splice(0).map(([event, message]: any) => `${event} ${message.channel}`);
  }
  private tell(event: string) {
    for (const [name, listener] of this.own.slice()) if (name === event) listener();
  }
}

for (const one of JSON.parse(readFileSync(VECTORS, "utf8"))) test(one.name, () => run[one.op as keyof typeof run](one));

const turn = () => new Promise((resolve) => setImmediate(resolve));

function echoOf(options?: EchoOptions) {
  const socket = new TestSocket();
  const echo = new Echo(socket, options);
  const errors: string[] = [];
  echo.on("error", ({ message }) => errors.push(message));
  return { socket, echo, errors };
}

test("listeners hear the events of their channel", () => {
  const { socket, echo, errors } = echoOf();
  const heard: unknown[] = [];
  const hear = (what: string) => (data: unknown) => heard.push([what, data]);
  const listener = hear("shipped");
  const orders = echo
    .channel("orders")
    .listen("OrderShipped", listener)
    .listen("OrderShipped", hear("too"))
    .listen(".order.shipped", hear("verbatim"));
  assert.equal(
    echo.listen("orders", "\\App\\X", () => {}),
    orders,
  );
  echo.private("chat").listenForWhisper("typing", hear("typing")).notification(hear("notification"));
  socket.receive("App\\Events\\OrderShipped", "orders", { id: 1 });
  socket.receive("App\\Events\\OrderShipped", "returns", { id: 2 });
  socket.receive("App\\Events\\OrderShipped", "private-chat", { id: 3 });
  socket.receive("order.shipped", "orders", 4);
  socket.receive("client-typing", "private-chat", 5);
  socket.receive("Illuminate\\Notifications\\Events\\BroadcastNotificationCreated", "private-chat", 6);
  for (const bad of [[], [7], [null, 7], [{}, 7], [["orders"], 7], ["constructor", 7], ["__proto__", 7]]) socket.receive("order.shipped", ...bad);
  // Names of news are no events.
  for (const name of ["here", "refused", "subscribed"]) socket.receive(name, "orders", 8);
  assert.deepEqual(heard.splice(0), [
    ["shipped", { id: 1 }],
    ["too", { id: 1 }],
    ["verbatim", 4],
    ["typing", 5],
    ["notification", 6],
  ]);
  orders.stopListening("OrderShipped", listener);
  socket.receive("App\\Events\\OrderShipped", "orders", 9);
  orders.stopListening("OrderShipped");
  socket.receive("App\\Events\\OrderShipped", "orders", 10);
  assert.deepEqual(heard, [["too", 9]]);
  assert.deepEqual(errors, []);
});

test("without a namespace, names are as they are", () => {
  const { socket, echo } = echoOf({ namespace: false });
  const heard: unknown[] = [];
  echo.channel("orders").listen("Orders.Shipped", (data) => heard.push(data));
  socket.receive("Orders\\Shipped", "orders", 1);
  assert.deepEqual(heard, [1]);
});

test("a presence channel has its members", () => {
  const { socket, echo, errors } = echoOf();
  const heard: unknown[] = [];
  const room = echo
    .join<string>("room")
    .here((users) => heard.push(users))
    .joining((user) => heard.push(`+${user}`))
    .leaving((user) => heard.push(`-${user}`))
    .subscribed(() => heard.push("subscribed"))
    .error((status) => heard.push(status));
  socket.receive("presence:subscribed", "presence-room", [{ user_id: 1, user_info: "Ann" }, 7]);
  socket.receive("presence:joining", "presence-room", { user_id: "b", user_info: "Bob", socketId: "s2" });
  assert.deepEqual(room.members, [
    { userId: "1", userInfo: "Ann" },
    { userId: "b", userInfo: "Bob", socketId: "s2" },
  ]);
  socket.receive("presence:leaving", "presence-room", { user_id: "b", user_info: "Bob" });
  socket.receive("subscription_error", "presence-room", 403);
  assert.deepEqual(heard, ["subscribed", ["Ann"], "+Bob", "-Bob", 403]);
  assert.deepEqual(room.members, []);
  for (const [event, data] of [["presence:subscribed", {}], ["presence:joining"], ["subscription_error", "403"]] as const) {
    socket.receive(event, "presence-room", data);
  }
  assert.deepEqual(errors, [
    "the event presence:subscribed of presence-room cannot be read: expected a list of members",
    "the event presence:joining of presence-room cannot be read: expected a member with `user_id`, a text or a number",
    "the event subscription_error of presence-room cannot be read: expected a status, a number from 0 to 65,535",
  ]);
  assert.throws(() => echo.channel("x").here(() => {}), TypeError);
});

test("each connect subscribes again, and channels that are left stay so", () => {
  const socket = new TestSocket();
  socket.connected = false;
  const echo = new Echo(socket);
  echo.channel("a");
  echo.private("b");
  assert.deepEqual(socket.sent(), []);
  socket.connect("s2");
  assert.deepEqual(socket.sent(), ["subscribe a", "subscribe private-b"]);
  echo.channel("a");
  echo.leave("b");
  echo.leaveChannel("private-b");
  echo.leave("unknown");
  assert.deepEqual(socket.sent(), ["unsubscribe private-b"]);
  assert.deepEqual(echo.headers(), { "X-Socket-ID": "s2" });
  socket.lose();
  assert.deepEqual(echo.headers(), {});
  echo.join("c").whisper("dropped");
  assert.deepEqual(socket.sent(), []);
  socket.connect("s3");
  assert.deepEqual(socket.sent(), ["subscribe a", "subscribe presence-c"]);
  echo.leaveAllChannels();
  assert.deepEqual(socket.sent(), ["unsubscribe a", "unsubscribe presence-c"]);
  echo.close();
  assert.equal(socket.listeners, 0);
});

test("a refused channel can be tried again", async () => {
  const { socket, echo } = echoOf({ bearerToken: async (channel) => `of ${channel}` });
  const channel = echo.private("p");
  await turn();
  assert.deepEqual(socket.emitted.splice(0), [["subscribe", { channel: "private-p", auth: { headers: { Authorization: "Bearer of private-p" } } }]]);
  channel.subscribe();
  await turn();
  assert.deepEqual(socket.sent(), []);
  socket.receive("subscription_error", "private-p", 403);
  channel.subscribe();
  await turn();
  assert.deepEqual(socket.sent(), ["subscribe private-p"]);
  echo.leave("p");
  channel.subscribe();
  await turn();
  assert.deepEqual(socket.sent(), ["unsubscribe private-p"]);
});

test("headers: values, functions, and both tokens", async () => {
  const cases: [EchoOptions, object][] = [
    [{}, {}],
    [{ auth: {} }, {}],
    [{ bearerToken: null, csrfToken: null }, {}],
    [
      { auth: { headers: { "X-A": "1" } }, bearerToken: "t", csrfToken: "c" },
      { "X-A": "1", "X-CSRF-TOKEN": "c", Authorization: "Bearer t" },
    ],
    [
      { auth: { headers: (channel) => ({ "X-A": channel }) }, bearerToken: () => "t" },
      { "X-A": "private-p", Authorization: "Bearer t" },
    ],
    [
      { auth: { headers: async () => ({ "X-A": "2" }) }, csrfToken: "c" },
      { "X-A": "2", "X-CSRF-TOKEN": "c" },
    ],
  ];
  for (const [options, headers] of cases) {
    const { socket, echo } = echoOf(options);
    echo.private("p");
    await turn();
    assert.deepEqual(socket.emitted, [["subscribe", { channel: "private-p", auth: { headers } }]]);
  }
});

test("headers that HTTP does not allow are errors", async () => {
  for (const headers of [{ "X A": "1" }, { "X-A": "1\r\nHost: b" }, { "X-A": "你" }, { "X-A": 1 }, "X-A: 1", [], () => 7] as any[]) {
    if (typeof headers !== "function") {
      assert.throws(() => new Echo(new TestSocket(), { auth: { headers } }), TypeError);
    }
    const { socket, echo, errors } = echoOf({ auth: { headers: async () => headers } });
    echo.private("p");
    echo.channel("public");
    await turn();
    assert.deepEqual(socket.sent(), ["subscribe public"]);
    assert.match(errors.join(), /^no subscription to private-p: its headers failed: /);
  }
  assert.throws(() => new Echo(new TestSocket(), { bearerToken: "a\nb" }), TypeError);
});

test("headers that fail or come late send nothing", async () => {
  const answers: any[] = [];
  const { socket, echo, errors } = echoOf({ bearerToken: () => new Promise((resolve) => answers.push(resolve)) });
  echo.private("a");
  echo.leave("a");
  const b = echo.private("b");
  const c = echo.private("c");
  answers[0]("too late");
  answers[1](Promise.reject(new Error("no token")));
  socket.lose();
  socket.connect("s2");
  answers[2]("of the connection before");
  answers[3]("b");
  await turn();
  assert.deepEqual(socket.sent(), ["subscribe private-b"]);
  assert.deepEqual(errors, []);
  answers[4](Promise.reject(new Error("no token")));
  await turn();
  assert.deepEqual(errors, ["no subscription to private-c: its headers failed: no token"]);
  c.subscribe();
  answers[5]("c");
  await turn();
  assert.deepEqual(socket.sent(), ["subscribe private-c"]);
  assert.deepEqual([b.name, c.name], ["private-b", "private-c"]);
});

test("a connect asks for 16 headers at a time", async () => {
  const answers: ((token: string) => void)[] = [];
  const { socket, echo } = echoOf({ bearerToken: () => new Promise((resolve) => answers.push(resolve)) });
  socket.lose();
  for (let n = 0; n < 40; n++) echo.private(`c${n}`);
  echo.channel("public");
  socket.connect("s2");
  assert.equal(answers.length, 16);
  for (let n = 0; n < 40; n++) {
    (answers[n] as (token: string) => void)("t");
    await turn();
    assert.equal(answers.length, Math.min(40, 17 + n));
  }
  assert.equal(socket.emitted.length, 41);
});

test("subscribed: once it is sent, because the server confirms presence channels alone", async () => {
  const { echo } = echoOf();
  const heard: string[] = [];
  echo.channel("a").subscribed(() => heard.push("a"));
  echo.join("b").subscribed(() => heard.push("b"));
  await turn();
  assert.deepEqual(heard, ["a"]);
});

test("names, listeners and channels are checked, and bounded", () => {
  const { echo } = echoOf();
  for (const bad of ["", "a\r\nb", "a\0", "x".repeat(201), undefined, 7, {}] as any[]) {
    for (const make of ["channel", "private", "join", "leave"] as const) assert.throws(() => echo[make](bad), TypeError);
  }
  assert.throws(() => echo.channel("public").whisper("typing"), TypeError);
  const orders = echo.channel("orders");
  assert.throws(() => orders.listen("E", undefined as any), TypeError);
  for (let n = 0; n < 10_000; n++) orders.listen("E", () => {});
  assert.throws(() => orders.listen("E", () => {}), /10,000 listeners/);
  echo.leave("orders");
  for (let n = 0; n < 9_999; n++) echo.channel(`c${n}`);
  assert.throws(() => echo.channel("one more"), /10,000 channels/);
  echo.channel("c1").listen("E", () => {});
});

test("the members are bounded", () => {
  const { socket, echo } = echoOf();
  const room = echo.join("room");
  socket.receive(
    "presence:subscribed",
    "presence-room",
    Array.from({ length: 100_001 }, (_, id) => ({ user_id: id })),
  );
  socket.receive("presence:joining", "presence-room", { user_id: "more" });
  assert.equal(room.members.length, 100_000);
});

test("a listener that throws is the application's", () => {
  const { socket, echo, errors } = echoOf();
  echo.channel("a").listen(".e", () => {
    throw new Error("of the application");
  });
  assert.throws(() => socket.receive("e", "a", 1), /of the application/);
  assert.deepEqual(errors, []);
});
