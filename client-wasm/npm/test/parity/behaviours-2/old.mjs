// Behaviours of socket.io-client 2.5.0 with a 2.x server, as far as they are visible to code for 4.x.

const WS = { transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0 };

async function connected(t, opts, server) {
  const made = await t.oldServer(server);
  const socket = t.socket(made.url, { ...WS, ...opts });
  await t.next(socket, "connect");
  return Object.assign(socket, { made });
}

export default {
  connect: async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url, WS);
    t.log(socket.connected, socket.disconnected, socket.id);
    socket.on("connect", () => t.log("connect", socket.connected, socket.disconnected, socket.id === socket.io.engine.id));
    await t.next(socket, "connect");
  },
  "ids of namespaces": async (t) => {
    const { url, server } = await t.oldServer();
    server.of("/x").on("connection", () => {});
    const socket = t.socket(url + "/x", WS);
    await t.next(socket, "connect");
    t.log(socket.id === "/x#" + socket.io.engine.id);
  },
  "over polling": async (t) => {
    const socket = await connected(t, { transports: ["polling"] });
    await t.echoed(socket, "é中😀", Buffer.from([0, 255]));
  },
  "the upgrade": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url);
    socket.io.engine.on("upgrade", (transport) => t.log("upgrade", transport.name));
    await t.next(socket.io.engine, "upgrade");
    await t.echoed(socket, 1);
  },
  values: async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, 1, "a", null, true, [1, [2]], { a: { b: "c" } }, 1.5, "é中😀", new Date(0), undefined, NaN);
  },
  binary: async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, Buffer.from([1, 2]), { a: Buffer.from([3]), b: [Buffer.alloc(0)] });
  },
  "listeners of the engine hear binary data": async (t) => t.hearBinary((await t.oldServer()).url),
  "a typed array": async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, Uint8Array.of(1, 2));
  },
  "an ack": async (t) => {
    const socket = await connected(t);
    await new Promise((resolve) => socket.emit("echo", 1, Buffer.from([2]), (...args) => resolve(t.log(...args))));
  },
  "a server event with an ack": async (t) => {
    const socket = await connected(t);
    socket.on("question", (n, answer) => answer(n, "a", Buffer.from([1])));
    socket.emit("ask");
    t.log(...(await t.next(socket, "answered")));
  },
  disconnect: async (t) => {
    const socket = await connected(t);
    socket.on("disconnect", (reason) => t.log("disconnect", reason, socket.connected, socket.disconnected));
    socket.disconnect();
    t.log("after", socket.connected);
  },
  "disconnected by the server": async (t) => {
    const socket = await connected(t);
    t.watch(socket.io, "manager", "reconnect_attempt");
    socket.on("disconnect", (reason) => t.log("disconnect", reason));
    socket.emit("kick");
    await t.next(socket, "disconnect");
    await t.tick();
    t.log(socket.connected);
  },
  "connect again": async (t) => {
    const socket = await connected(t);
    socket.disconnect();
    socket.connect();
    await t.next(socket, "connect");
    await t.echoed(socket, 1);
  },
  "reconnects after a lost connection": async (t) => {
    const socket = await connected(t);
    socket.on("disconnect", (reason) => t.log("disconnect", reason));
    t.watch(socket.io, "manager", "reconnect_attempt", "reconnect");
    socket.made.sever();
    await t.next(socket, "connect");
    await t.tick();
    await t.echoed(socket, 1);
  },
  "reconnects after the server closed the connection": async (t) => {
    const socket = await connected(t);
    socket.on("disconnect", (reason) => t.log("disconnect", reason));
    socket.emit("drop");
    await t.next(socket, "connect");
    t.log(socket.connected);
  },
  "engine.close()": async (t) => {
    const socket = await connected(t);
    socket.on("disconnect", (reason) => t.log("disconnect", reason));
    socket.io.engine.close();
    await t.next(socket, "connect");
    t.log(socket.connected);
  },
  "a missing pong": async (t) => {
    const { url } = await t.raw({
      connection: (ws) => ['0{"sid":"S","upgrades":[],"pingInterval":50,"pingTimeout":50}', "40"].forEach((frame) => ws.send(frame)),
    });
    const socket = t.socket(url, { ...WS, reconnection: false });
    t.log(...(await t.next(socket, "disconnect")).slice(0, 1));
  },
  "buffered events are sent in order": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url, { ...WS, autoConnect: false });
    for (const n of [1, 2, 3]) socket.emit("echo", n);
    t.log(socket.sendBuffer.length);
    socket.on("echo", (n) => t.log(n));
    socket.connect();
    await new Promise((resolve) => socket.emit("echo", resolve));
  },
  "events before CONNECT": async (t) => {
    const serve = (server) =>
      server.use((socket, next) => {
        socket.emit("early", 1);
        next();
      });
    const { url } = await t.oldServer({ serve });
    const socket = t.socket(url, WS);
    t.watch(socket, "socket", "connect", "early");
    await Promise.all([t.next(socket, "early"), t.next(socket, "connect")]);
  },
  "the query": async (t) => {
    const { url } = await t.oldServer({ serve: (server) => server.on("connection", (socket) => socket.emit("query", socket.handshake.query.a)) });
    t.log(...(await t.next(t.socket(url, { ...WS, query: { a: "b c" } }), "query")));
  },
  "the query of a namespace": async (t) => {
    const serve = (server) => server.of("/x").on("connection", (socket) => socket.emit("query", socket.handshake.query.a));
    const { url } = await t.oldServer({ serve });
    t.log(...(await t.next(t.socket(url + "/x?a=b", WS), "query")));
  },
  "socket.query counts at the next connect": async (t) => {
    const { url, server, sever } = await t.oldServer();
    server.of("/x").on("connection", (socket) => t.log("server got", socket.handshake.query.token, socket.handshake.query.other));
    const root = t.socket(url, WS);
    await t.next(root, "connect");
    const socket = root.io.socket("/x", { query: { token: 1 } });
    await t.next(socket, "connect");
    t.log(socket.query);
    for (const query of [{ token: "a&b" }, "token=3&other=4", undefined]) {
      socket.disconnect();
      socket.query = query;
      socket.connect();
      await t.next(socket, "connect");
    }
    socket.query = { token: 5 };
    sever();
    await t.next(socket, "connect");
    socket.query.token = 6;
    root.io.engine.close();
    await t.next(socket, "connect");
  },
  "io.opts.query counts at the next attempt": async (t) => {
    const { url, server, sever } = await t.oldServer();
    server.on("connection", (socket) => t.log("server got", socket.handshake.query.token));
    const socket = t.socket(url, { ...WS, query: { token: 1 } });
    await t.next(socket, "connect");
    socket.io.on("reconnect_attempt", () => (socket.io.opts.query = { token: 2 }));
    sever();
    await t.next(socket, "connect");
  },
  "middleware refuses": async (t) => {
    const { url } = await t.oldServer({ serve: (server) => server.of("/x").use((_, next) => next(new Error("not you"))) });
    const socket = t.socket(url + "/x", WS);
    t.watch(socket, "socket", "error", "connect_error", "connect");
    await Promise.race([t.next(socket, "error"), t.next(socket, "connect_error")]);
  },
  "an unknown namespace": async (t) => {
    const { url } = await t.oldServer();
    const socket = t.socket(url + "/nope", WS);
    t.watch(socket, "socket", "error", "connect_error", "connect");
    await Promise.race([t.next(socket, "error"), t.next(socket, "connect_error")]);
  },
  "the server is unreachable": async (t) => {
    const socket = t.socket(await t.unreachable(), { ...WS, reconnection: false });
    t.log(...(await t.next(socket, "connect_error")).map((error) => error.message));
  },
  "sent frames": async (t) => {
    let ended;
    const end = new Promise((resolve) => (ended = resolve));
    const { url } = await t.raw({
      connection: (ws) => {
        ['0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000}', "40"].forEach((frame) => ws.send(frame));
        ws.on("message", (data, isBinary) => {
          t.log("server got", isBinary ? data : data.toString());
          if (data.toString().startsWith("40/x")) ws.send("40/x");
          if (data.toString().startsWith("41/x")) ended();
        });
      },
    });
    const socket = t.socket(url, WS);
    await t.next(socket, "connect");
    socket.emit("a", 1, () => {});
    socket.emit("b", Buffer.from([1]));
    const other = socket.io.socket("/x", { query: { c: "d" } });
    await t.next(other, "connect");
    other.emit("e", { f: Buffer.from([2]) }, () => {});
    other.disconnect();
    await end;
  },
};
