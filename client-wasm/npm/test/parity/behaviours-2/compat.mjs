// The events of sockets of socket.io-client 2.5.0, which `compat: 2` makes ours emit. (socket.io-client does not know the option.)

const WS = { compat: 2, transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0.01 };
const EVENTS = ["connect", "connecting", "connect_error", "connect_timeout", "disconnect", "error", "reconnect", "reconnect_attempt"];
const MORE = ["reconnecting", "reconnect_error", "reconnect_failed"];

/** Logs the events of a socket, and errors by their message. */
function watch(t, socket, name = "socket") {
  for (const event of [...EVENTS, ...MORE]) {
    socket.on(event, (value, ...more) =>
      t.log(name, event, value instanceof Error ? value.message : value, ...more.slice(0, event === "disconnect" ? 0 : 1)),
    );
  }
}

/** A socket that is refused by the middleware of `/x`, with an error that `change` may add to. */
const refused =
  (change = () => {}) =>
  async (t) => {
    const error = new Error("not you");
    change(error);
    const { url } = await t.oldServer({ serve: (server) => server.of("/x").use((_, next) => next(error)) });
    const socket = t.socket(url + "/x", WS);
    watch(t, socket);
    await t.next(socket, "error");
    await t.tick();
    t.log(socket.connected);
  };

export default {
  "the server is unreachable": async (t) => {
    const socket = t.socket(await t.unreachable(), { ...WS, reconnectionAttempts: 2 });
    watch(t, socket);
    await t.next(socket, "reconnect_failed");
    await t.tick();
  },
  "a lost connection, with two namespaces": async (t) => {
    const { url, server, sever } = await t.oldServer();
    server.of("/x");
    const socket = t.socket(url, WS);
    const other = socket.io.socket("/x");
    await t.next(other, "connect");
    watch(t, socket);
    watch(t, other, "other");
    sever();
    await t.next(other, "connect");
  },
  "middleware refuses": refused(),
  "middleware refuses, with data": refused((error) => (error.data = { code: 1 })),
  "an unknown namespace": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url + "/nope", WS);
    watch(t, socket);
    await t.next(socket, "error");
  },
  "opening times out": async (t) => {
    const { url } = await t.raw({ connection: () => {} });
    const socket = t.socket(url, { ...WS, timeout: 1000, reconnection: false });
    watch(t, socket);
    await t.next(socket, "connect_timeout");
  },
  "ping and pong": async (t) => {
    const { url } = await t.oldServer({ pingInterval: 50 });
    for (const transports of [["websocket"], ["polling"]]) {
      const socket = t.socket(url, { ...WS, transports });
      await t.next(socket, "connect");
      for (const [name, emitter] of Object.entries({ engine: socket.io.engine, manager: socket.io, socket })) {
        for (const event of ["ping", "pong"]) emitter.once(event, (...args) => t.log(name, event, ...args.map((latency) => latency >= 0)));
      }
      await t.next(socket, "pong");
      await t.tick();
    }
  },
  "connecting again": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url, { ...WS, autoConnect: false });
    watch(t, socket);
    socket.connect();
    t.log("connect() returns");
    await t.next(socket, "connect");
  },
  "an emit of such an event is local": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url, WS);
    await t.next(socket, "connect");
    watch(t, socket);
    for (const event of ["error", "ping", "reconnecting"]) socket.emit(event, 1);
  },
};
