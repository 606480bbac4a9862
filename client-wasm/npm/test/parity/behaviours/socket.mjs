// The connection of a socket, its events and errors.

/** A behaviour with a server that never answers CONNECT. */
const unanswered = (transport, behaviour) => async (t) => {
  const made = await t.server({
    serve: (server) =>
      server
        .use(() => {})
        .of("/a")
        .use(() => {}),
  });
  const socket = t.socket(made.url, { transports: [transport], reconnectionDelay: 10, randomizationFactor: 0 });
  t.watch(socket.io.socket("/a"), "a", "connect", "connect_error", "disconnect");
  t.watch(socket.io, "manager", "open", "close", "error", "reconnect_attempt", "reconnect");
  t.watch(socket, "socket", "connect", "connect_error", "disconnect");
  await t.next(socket.io, "open");
  t.watch(socket.io.engine, "engine", "close");
  await behaviour(t, socket, made);
};

export default {
  "engine.close() before CONNECT": unanswered("websocket", async (t, socket) => {
    socket.io.engine.close();
    t.log(socket.active, socket.connected);
    await t.next(socket.io, "reconnect");
  }),
  ...Object.fromEntries(
    ["websocket", "polling"].map((transport) => [
      `the server closes the connection before CONNECT, over ${transport}`,
      unanswered(transport, async (t, socket, { server }) => {
        await t.tick();
        for (const client of Object.values(server.engine.clients)) client.close();
        await t.next(socket.io, "reconnect");
      }),
    ]),
  ),
  "disconnect() before CONNECT": unanswered("websocket", async (t, socket) => {
    socket.disconnect();
    socket.io.socket("/a").disconnect();
    await t.tick();
    t.log(socket.active, socket.connected, socket.io.engine.readyState);
  }),
  "manager._close() before CONNECT": unanswered("websocket", async (t, socket) => {
    socket.io._close();
    await t.tick();
    t.log(socket.active, socket.connected, socket.io.engine.readyState);
  }),
  ...Object.fromEntries(
    Object.entries({
      "socket.disconnect()": (socket) => socket.disconnect(),
      "manager._close()": (socket) => socket.io._close(),
      "engine.close()": (socket) => socket.io.engine.close(),
    }).map(([name, close]) => [
      `order of events: ${name}`,
      async (t) => {
        const { url } = await t.server();
        const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
        await t.next(socket, "connect");
        t.watch(socket, "socket", "disconnect");
        t.watch(socket.io, "manager", "close");
        t.watch(socket.io.engine, "engine", "close");
        close(socket);
        t.log("after", socket.connected, socket.io.engine.readyState);
        await t.tick();
      },
    ]),
  ),
  "a refusal is the end": async (t) => {
    const { url } = await t.server({ serve: (server) => server.use((_, next) => next(new Error("no"))) });
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket, "socket", "connect_error", "disconnect");
    t.watch(socket.io, "manager", "close");
    await t.next(socket, "connect_error");
    await t.tick();
    t.log(socket.active);
  },
  "manager._close() while opening": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket.io, "manager", "open", "close", "error", "reconnect_attempt");
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    t.watch(socket.io.engine, "engine", "close");
    socket.io._close();
    t.log(socket.active, socket.io.engine.readyState);
    await t.tick();
  },
  "manager._close() during the delay": async (t) => {
    const socket = t.socket(await t.unreachable(), { transports: ["websocket"] });
    await t.next(socket, "connect_error");
    t.watch(socket.io, "manager", "open", "close", "error", "reconnect_attempt");
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    await t.tick();
    socket.io._close();
    t.log(socket.active, socket.io.engine.readyState);
    await t.tick();
  },
  connect: async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    t.log(socket.connected, socket.disconnected, socket.id, socket.active);
    socket.on("connect", () => t.log("connect", socket.connected, socket.disconnected, typeof socket.id, socket.id.length, socket.active));
    await t.next(socket, "connect");
  },
  "autoConnect: false": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false });
    t.log(socket.active, socket.io.engine);
    t.log(socket.connect() === socket, socket.active, typeof socket.io.engine);
    await t.next(socket, "connect");
    t.log(socket.connect() === socket, socket.connected);
  },
  "open is connect": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false });
    t.log(socket.open() === socket);
    await t.next(socket, "connect");
  },
  disconnect: async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close");
    socket.on("disconnect", (...args) => t.log("disconnect", args.length, ...args, socket.connected, socket.id, socket.active));
    t.log(socket.disconnect() === socket);
    t.log("after", socket.connected);
  },
  "the engine after the last socket disconnected": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io.engine, "engine", "close");
    socket.disconnect();
    t.log(socket.io.engine.readyState);
  },
  "disconnect twice": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close");
    t.watch(socket, "socket", "disconnect");
    socket.disconnect();
    socket.disconnect();
  },
  "recovered without recovery": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    await t.next(socket, "connect");
    t.log(socket.recovered);
  },
  "close is disconnect": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    await t.next(socket, "connect");
    t.watch(socket, "socket", "disconnect");
    t.log(socket.close() === socket);
  },
  "disconnect before it is connected": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    t.watch(socket, "socket", "connect", "disconnect", "connect_error");
    t.watch(socket.io, "manager", "close", "open");
    socket.disconnect();
    t.log(socket.active, socket.io.engine.readyState);
    await t.tick();
  },
  "disconnect without a connection": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    t.watch(socket, "socket", "disconnect");
    socket.disconnect();
    t.log(socket.active);
  },
  "connect again": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    const { id } = socket;
    socket.disconnect();
    socket.connect();
    await t.next(socket, "connect");
    t.log(socket.id === id);
  },
  "disconnected by the server": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], reconnectionDelay: 10 });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close", "reconnect_attempt");
    socket.on("disconnect", (...args) => t.log("disconnect", args.length, ...args, socket.active));
    socket.emit("kick");
    await t.next(socket, "disconnect");
    await t.tick();
    t.log(socket.active, socket.connected);
  },
  "disconnected by the server, then connect()": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.on("disconnect", () => socket.connect());
    socket.emit("kick");
    await t.next(socket, "connect");
    t.log(socket.connected);
  },
  "the connection is closed by the server": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    await t.next(socket, "connect");
    socket.emit("drop");
    const [reason, description] = await t.next(socket, "disconnect");
    t.log(reason, description.description, description.context && description.context.constructor.name);
  },
  "the connection is closed by the server, on polling": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["polling"], reconnection: false });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close", "error");
    socket.emit("drop");
    const [reason, description] = await t.next(socket, "disconnect");
    t.log(reason, description);
  },
  "the connection is lost": async (t) => {
    const { url, sever } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    await t.next(socket, "connect");
    sever();
    const [reason, description] = await t.next(socket, "disconnect");
    t.log(reason, description.description, description instanceof Error);
  },
  "the connection is lost, on polling": async (t) => {
    const { url, sever } = await t.server();
    const socket = t.socket(url, { transports: ["polling"], reconnection: false });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close", "error");
    t.watch(socket, "socket", "connect_error");
    sever();
    const [reason, description] = await t.next(socket, "disconnect");
    t.log(reason, description);
  },
  "middleware refuses": async (t) => {
    const serve = (server) => server.use((_, next) => next(Object.assign(new Error("not you"), { data: { code: 401, deep: [1] } })));
    const { url } = await t.server({ serve });
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket.io, "manager", "close", "error", "reconnect_attempt");
    const [error] = await t.next(socket, "connect_error");
    t.log(error instanceof Error, error.message, error.data, socket.active, socket.connected);
    await t.tick();
    t.log(socket.io.engine.readyState);
  },
  "middleware refuses without data": async (t) => {
    const { url } = await t.server({ serve: (server) => server.use((_, next) => next(new Error("no"))) });
    const socket = t.socket(url, { transports: ["websocket"] });
    const [error] = await t.next(socket, "connect_error");
    t.log(error, error.data);
  },
  "an unknown namespace": async (t) => {
    const { url } = await t.server();
    const [error] = await t.next(t.socket(url + "/nope"), "connect_error");
    t.log(error);
  },
  "refused, then connect() with another auth": async (t) => {
    const serve = (server) => server.use(({ handshake }, next) => next(handshake.auth.token === "b" ? undefined : new Error("wrong")));
    const { url } = await t.server({ serve });
    const socket = t.socket(url, { auth: { token: "a" }, transports: ["websocket"] });
    socket.on("connect_error", ({ message }) => {
      t.log(message);
      socket.auth.token = "b";
      socket.connect();
    });
    await t.next(socket, "connect");
    t.log("connected");
  },
  "auth as an object": async (t) => {
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.emit("auth", socket.handshake.auth)) });
    const socket = t.socket(url, { auth: { a: 1, b: [true] } });
    t.log(...(await t.next(socket, "auth")), socket.auth);
  },
  "auth as a function": async (t) => {
    let calls = 0;
    const { url, sever } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.emit("auth", socket.handshake.auth)) });
    const socket = t.socket(url, { auth: (done) => done({ call: ++calls }), transports: ["websocket"], reconnectionDelay: 10 });
    t.log(...(await t.next(socket, "auth")));
    sever();
    t.log(...(await t.next(socket, "auth")));
  },
  "auth passed asynchronously": async (t) => {
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.emit("auth", socket.handshake.auth)) });
    const socket = t.socket(url, { auth: (done) => setImmediate(done, { late: true }) });
    t.log(...(await t.next(socket, "auth")));
  },
  "no auth": async (t) => {
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.emit("auth", socket.handshake.auth)) });
    t.log(...(await t.next(t.socket(url), "auth")));
  },
  "auth set later": async (t) => {
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.emit("auth", socket.handshake.auth)) });
    const socket = t.socket(url, { autoConnect: false });
    socket.auth = { x: 1 };
    socket.connect();
    t.log(...(await t.next(socket, "auth")));
  },
  "CONNECT without an id": async (t) => {
    const { url } = await t.raw({
      connection: (ws) =>
        (ws.send('0{"sid":"S","upgrades":[],"pingInterval":1000,"pingTimeout":1000,"maxPayload":100}') && 0) || ws.on("message", () => ws.send("40")),
    });
    const socket = t.socket(url, { transports: ["websocket"], engineVersion: "eio4" });
    const [error] = await t.next(socket, "connect_error");
    t.log(error);
  },
  "reserved event names": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    for (const name of [
      "connect",
      "connect_error",
      "disconnect",
      "disconnecting",
      "newListener",
      "removeListener",
      "error",
      "message",
      "connecting",
      "ping",
    ]) {
      try {
        socket.emit(name);
        t.log(name, "is fine");
      } catch (error) {
        t.log(error);
      }
    }
  },
  "a reserved name by emitWithAck": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    await socket.emitWithAck("connect").catch((error) => t.log(error));
  },
  send: async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.log(socket.send("a", 1) === socket);
    await t.end(socket);
  },
  "listener errors do not close the connection": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket, "socket", "disconnect");
    await t.next(socket, "connect");
    socket.on("echo", () => {
      throw new Error("a listener's");
    });
    socket.emit("echo", 1);
    await socket.emitWithAck("echo", 2);
    t.log(socket.connected);
  },
  "an error in a listener stops later listeners": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    socket.on("echo", () => t.log("first"));
    socket.on("echo", () => {
      throw new Error("a listener's");
    });
    socket.on("echo", () => t.log("third"));
    await t.next(socket, "connect");
    socket.emit("echo", 1);
    await socket.emitWithAck("echo", 2);
    await t.tick();
  },
  "disconnect in a listener keeps the events after it": async (t) => {
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => [1, 2, 3].forEach((n) => socket.emit("n", n))) });
    const socket = t.socket(url, { transports: ["polling"] });
    socket.on("n", (n) => {
      t.log(n);
      if (n === 2) socket.disconnect();
    });
    await t.next(socket, "disconnect");
    await t.tick();
  },
  "disconnect in connect": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket, "socket", "disconnect");
    socket.on("connect", () => {
      socket.disconnect();
      t.log("after", socket.connected, socket.active);
    });
    await t.next(socket, "disconnect");
  },
  "connection state recovery": async (t) => {
    const { url, server } = await t.server({ connectionStateRecovery: {} });
    const socket = t.socket(url, { transports: ["websocket"], reconnectionDelay: 100, randomizationFactor: 0 });
    await t.next(socket, "connect");
    t.log(socket.recovered);
    const { id } = socket;
    let heard;
    const second = new Promise((resolve) => (heard = resolve));
    socket.on("x", (...args) => {
      t.log("x", args.length, args[0], typeof args[1]);
      if (args[0] === 2) heard();
    });
    server.emit("x", 1);
    await t.next(socket, "x");
    socket.io.engine.close();
    server.emit("x", 2);
    await t.next(socket, "connect");
    t.log(socket.recovered, socket.id === id);
    await second;
  },
};
