// The settings of the manager, and the order of its events.

export default {
  settings: async (t) => {
    const manager = new t.Manager("http://localhost:1", { autoConnect: false });
    for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"]) {
      t.log(name, manager[name]());
    }
  },
  "given settings": async (t) => {
    const manager = new t.Manager("http://localhost:1", {
      autoConnect: false,
      reconnection: false,
      reconnectionAttempts: 3,
      reconnectionDelay: 10,
      reconnectionDelayMax: 20,
      randomizationFactor: 0,
      timeout: 5,
    });
    for (const name of ["reconnection", "reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"]) {
      t.log(name, manager[name]());
    }
  },
  "zero means the default, except for randomizationFactor and timeout": async (t) => {
    const manager = new t.Manager("http://localhost:1", {
      autoConnect: false,
      reconnectionAttempts: 0,
      reconnectionDelay: 0,
      reconnectionDelayMax: 0,
      randomizationFactor: 0,
      timeout: 0,
    });
    for (const name of ["reconnectionAttempts", "reconnectionDelay", "reconnectionDelayMax", "randomizationFactor", "timeout"])
      t.log(name, manager[name]());
  },
  "timeout: false": async (t) => t.log(new t.Manager("http://localhost:1", { autoConnect: false, timeout: false }).timeout()),
  "setters return the manager": async (t) => {
    const manager = new t.Manager("http://localhost:1", { autoConnect: false });
    t.log(manager.reconnection(false) === manager, manager.reconnection());
    t.log(manager.reconnectionAttempts(2) === manager, manager.reconnectionAttempts());
    t.log(manager.reconnectionDelay(3) === manager, manager.reconnectionDelay());
    t.log(manager.reconnectionDelayMax(4) === manager, manager.reconnectionDelayMax());
    t.log(manager.randomizationFactor(0.1) === manager, manager.randomizationFactor());
    t.log(manager.timeout(5) === manager, manager.timeout());
  },
  "options instead of a URL": async (t) => {
    const manager = new t.Manager({ autoConnect: false, path: "/x" });
    t.log(manager.opts.path, manager.engine);
  },
  "options are the object that was given": async (t) => {
    const opts = { autoConnect: false };
    const manager = new t.Manager("http://localhost:1", opts);
    t.log(manager.opts === opts, opts.path);
  },
  "the engine is there at once": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url);
    t.log(typeof manager.engine, manager.engine.readyState, manager.engine.id, manager.engine.transport && manager.engine.transport.name);
    await t.next(manager, "open");
    t.log(manager.engine.readyState, typeof manager.engine.id);
  },
  "the engine is there at once with a socket": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    t.log(socket.io.engine.readyState, socket.io.engine.transport.name, socket.active, socket.connected);
    await t.next(socket, "connect");
  },
  _readyState: async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url, { autoConnect: false });
    t.log(manager._readyState);
    manager.open();
    t.log(manager._readyState);
    await t.next(manager, "open");
    t.log(manager._readyState);
    manager._close();
    await t.tick();
    t.log(manager._readyState);
    const failing = t.manager(await t.unreachable(), { reconnection: false });
    failing.on("error", () => t.log(failing._readyState));
    await t.next(failing, "error");
    await t.tick();
    t.log(failing._readyState);
  },
  "open() in a listener of error": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(await t.unreachable(), { reconnection: false });
    t.watch(manager, "manager", "open", "error", "reconnect_attempt");
    manager.once("error", () => {
      manager.uri = url;
      manager.open();
    });
    await t.next(manager, "open");
  },
  "no engine before the manager is opened": async (t) => {
    const manager = new t.Manager("http://localhost:1", { autoConnect: false });
    t.log(manager.engine);
  },
  "a manager without sockets opens, and closes": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url);
    t.watch(manager, "manager", "open", "close", "error");
    await t.next(manager, "open");
    manager._close();
    t.log(manager.engine.readyState);
  },
  "open with a callback": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url, { autoConnect: false });
    t.watch(manager, "manager", "open", "error");
    await new Promise((resolve) => manager.open((...args) => resolve(t.log("callback", ...args))));
  },
  "connect is open": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url, { autoConnect: false });
    await new Promise((resolve) => t.log(manager.connect((error) => resolve(t.log("callback", error))) === manager));
  },
  "open with a callback, on an error": async (t) => {
    const manager = t.manager(await t.unreachable(), { autoConnect: false, reconnection: false });
    t.watch(manager, "manager", "open", "error");
    await new Promise((resolve) => manager.open((error) => resolve(t.log("callback", error))));
  },
  "open twice": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url, { autoConnect: false });
    manager.open();
    const { engine } = manager;
    t.log(manager.open() === manager, manager.engine === engine);
    await t.next(manager, "open");
    manager.open();
    t.log(manager.engine === engine);
  },
  "order of events when it opens": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket.io, "manager", "open", "reconnect", "error");
    socket.io.on("packet", () => t.log("manager packet"));
    t.watch(socket, "socket", "connect");
    socket.io.engine.on("open", () => t.log("engine open"));
    socket.io.engine.on("handshake", (data) => t.log("engine handshake", Object.keys(data).join()));
    await t.next(socket, "connect");
  },
  "order of events when the server is unreachable": async (t) => {
    const socket = t.socket(await t.unreachable(), { reconnection: false });
    t.watch(socket.io, "manager", "open", "close", "error", "reconnect_attempt", "reconnect_error", "reconnect_failed");
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    t.watch(socket.io.engine, "engine", "error");
    await t.next(socket, "connect_error");
    await t.tick();
    t.log(socket.active, socket.connected);
  },
  "reconnection attempts, until reconnect_failed": async (t) => {
    const socket = t.socket(await t.unreachable(), { reconnectionAttempts: 2, reconnectionDelay: 10, randomizationFactor: 0 });
    t.watch(socket.io, "manager", "error", "reconnect_attempt", "reconnect_error", "reconnect_failed", "close");
    t.watch(socket, "socket", "connect_error");
    await t.next(socket.io, "reconnect_failed");
    await t.tick();
    t.log(socket.active);
  },
  ...Object.fromEntries(
    ["error", "reconnect_error", "reconnect_attempt", "the delay"].map((moment) => [
      `reconnection(false) in ${moment}`,
      async (t) => {
        const opts = { reconnectionAttempts: 4, reconnectionDelay: 10, reconnectionDelayMax: 10, randomizationFactor: 0 };
        const socket = t.socket(await t.unreachable(), opts);
        t.watch(socket.io, "manager", "error", "reconnect_attempt", "reconnect_error", "reconnect_failed", "close");
        t.watch(socket, "socket", "connect_error");
        if (moment === "the delay") {
          await t.next(socket.io, "reconnect_error");
          await t.tick();
          socket.io.reconnection(false);
        } else {
          socket.io.on(moment, () => socket.io.reconnection(false));
        }
        // It makes its last attempt later than this socket would make its second.
        await t.next(t.socket(await t.unreachable(), opts).io, "reconnect_failed");
        t.log(socket.active, socket.connected);
      },
    ]),
  ),
  "a namespace opened during the delay joins the next attempt": async (t) => {
    const url = await t.unreachable();
    const socket = t.socket(url, { reconnectionAttempts: 3, reconnectionDelay: 10, randomizationFactor: 0 });
    t.watch(socket.io, "manager", "reconnect_attempt", "reconnect_error", "reconnect_failed");
    socket.io.once("reconnect_error", () =>
      setTimeout(() => {
        t.log("opens another");
        t.watch(socket.io.socket("/other"), "other", "connect_error");
      }),
    );
    await t.next(socket.io, "reconnect_failed");
    await t.tick();
  },
  "no reconnection": async (t) => {
    const { url, sever } = await t.server();
    const socket = t.socket(url, { reconnection: false, transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "error", "reconnect_attempt", "close");
    t.watch(socket, "socket", "connect_error", "disconnect");
    sever();
    await t.next(socket, "disconnect");
    await t.tick();
    t.log(socket.active, socket.connected, socket.id);
  },
  "reconnects after a lost WebSocket": async (t) => {
    const { url, sever } = await t.server();
    const socket = t.socket(url, { reconnectionDelay: 10, randomizationFactor: 0, transports: ["websocket"] });
    await t.next(socket, "connect");
    const { engine } = socket.io;
    t.watch(socket.io, "manager", "open", "reconnect_attempt", "reconnect", "error", "reconnect_error", "close");
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    sever();
    await t.next(socket, "connect");
    await t.tick();
    t.log(socket.io.engine === engine, engine.readyState, engine.id);
  },
  "reconnects after engine.close()": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { reconnectionDelay: 10, randomizationFactor: 0, transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "open", "reconnect_attempt", "reconnect", "error", "close");
    t.watch(socket, "socket", "connect", "disconnect");
    t.watch(socket.io.engine, "engine", "close");
    socket.io.engine.close();
    t.log("after close");
    await t.next(socket, "connect");
    await t.tick();
  },
  "reconnects after engine.close() on polling": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { reconnectionDelay: 10, randomizationFactor: 0, transports: ["polling"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "open", "reconnect_attempt", "reconnect", "error", "close");
    t.watch(socket, "socket", "connect", "disconnect");
    socket.io.engine.close();
    await t.next(socket, "connect");
    await t.tick();
  },
  "engine.close() on polling sends a close packet": async (t) => {
    let left;
    const gone = new Promise((resolve) => (left = resolve));
    const { url } = await t.server({ serve: (server) => server.on("connection", (socket) => socket.on("disconnect", left)) });
    const socket = t.socket(url, { reconnection: false, transports: ["polling"] });
    await t.next(socket, "connect");
    socket.io.engine.close();
    t.log(await gone);
  },
  "manager._close()": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "close", "error", "reconnect_attempt");
    t.watch(socket, "socket", "disconnect");
    socket.io._close();
    t.log(socket.connected, socket.io.engine.readyState);
  },
  "options changed between attempts take effect": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], path: "/wrong", reconnectionDelay: 10, randomizationFactor: 0 });
    socket.on("connect_error", (error) => {
      t.log(error.message);
      socket.io.opts.path = "/socket.io";
      socket.io.opts.transports = ["polling"];
    });
    await t.next(socket, "connect");
    t.log(socket.io.engine.transport.name);
  },
  "a query changed in reconnect_attempt is sent": async (t) => {
    const queries = [];
    const { url, sever } = await t.server({ serve: (server) => server.on("connection", ({ handshake }) => queries.push(handshake.query.n)) });
    const socket = t.socket(url, { query: { n: 1 }, transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0 });
    await t.next(socket, "connect");
    socket.io.on("reconnect_attempt", () => (socket.io.opts.query = { n: 2 }));
    sever();
    await t.next(socket, "connect");
    t.log(queries);
  },
  "options changed in reconnect_attempt count for that attempt": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0 });
    await t.next(socket, "connect");
    const changes = [
      { transports: ["polling"], upgrade: false },
      { transports: ["polling", "websocket"], rememberUpgrade: true },
      { transports: ["websocket"] },
    ];
    socket.io.on("reconnect_attempt", (attempt) => {
      t.log("attempt", attempt);
      Object.assign(socket.io.opts, changes.shift());
    });
    while (changes.length) {
      socket.io.engine.close();
      await t.next(socket, "connect");
      t.log(socket.io.engine.transport.name);
    }
  },
  "options changed before connect() count for it": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    for (const transports of [["polling"], ["websocket"]]) {
      socket.disconnect();
      socket.io.opts.transports = transports;
      socket.connect();
      await t.next(socket, "connect");
      t.log(socket.io.engine.transport.name);
    }
  },
  "the timeout changed in reconnect_attempt counts for that attempt": async (t) => {
    const { url } = await t.raw({ connection: () => {} });
    const socket = t.socket(await t.unreachable(), { transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0 });
    socket.io.on("reconnect_attempt", () => {
      socket.io.uri = url;
      socket.io.timeout(50);
    });
    const [error] = await t.next(socket.io, "reconnect_error");
    t.log(error);
  },
  "uri: the next attempt goes there": async (t) => {
    const { url } = await t.server();
    const down = await t.unreachable();
    const socket = t.socket(down + "/?a=b", { reconnectionDelay: 10, randomizationFactor: 0 });
    t.log(socket.io.uri);
    socket.io.on("reconnect_attempt", (attempt) => {
      t.log("attempt", attempt);
      socket.io.uri = url;
    });
    t.watch(socket, "socket", "connect_error");
    await t.next(socket, "connect");
    t.log(socket.io.uri === url, socket.io.engine.port === new URL(url).port, new t.Manager({ autoConnect: false }).uri);
  },
  "uri set while connected counts after disconnect and connect": async (t) => {
    const [first, second] = [await t.server(), await t.server()];
    const socket = t.socket(first.url);
    await t.next(socket, "connect");
    socket.io.uri = second.url;
    socket.disconnect().connect();
    await t.next(socket, "connect");
    t.log(second.server.engine.clientsCount, socket.io.engine.port === String(second.port));
  },
  "the attempt count restarts after a successful attempt": async (t) => {
    const { url, sever } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"], reconnectionDelay: 10, randomizationFactor: 0 });
    await t.next(socket, "connect");
    t.watch(socket.io, "manager", "reconnect_attempt", "reconnect");
    for (const _ of "ab") {
      sever();
      await t.next(socket, "connect");
      await t.tick();
    }
  },
  "server pings": async (t) => {
    const { url } = await t.server({ pingInterval: 50 });
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    t.watch(socket.io.engine, "engine", "ping", "pong", "packet", "heartbeat");
    t.watch(socket.io, "manager", "ping");
    await t.next(socket.io, "ping");
  },
  "a server that stops pinging": async (t) => {
    const { url } = await t.scripted(undefined, { handshake: { pingInterval: 500, pingTimeout: 500 }, logs: false });
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.watch(socket.io, "manager", "close");
    t.watch(socket, "socket", "disconnect");
    await t.next(socket, "disconnect");
  },
  "opening times out": async (t) => {
    const { url } = await t.raw({ connection: () => {}, request: () => {} });
    const socket = t.socket(url, { timeout: 500, reconnection: false });
    t.watch(socket.io, "manager", "error", "close");
    t.watch(socket, "socket", "connect_error");
    await t.next(socket.io, "error");
    await t.tick();
    t.log(socket.io.engine.readyState);
  },
  "no transports": async (t) => {
    const socket = t.socket("http://localhost:1", { transports: [], reconnection: false });
    t.watch(socket, "socket", "connect_error");
    const [error] = await t.next(socket, "connect_error");
    t.log(typeof error);
  },
  "transports and their implementations exclude each other": async (t) => {
    try {
      new t.Manager("http://localhost:1", { transports: ["websocket"], transportImplementations: [t.lib.WebSocket] });
    } catch (error) {
      t.log(error);
    }
  },
  "two namespaces, one connection": async (t) => {
    const { url, server } = await t.server();
    server.of("/b").on("connection", () => {});
    const manager = t.manager(url, { transports: ["websocket"] });
    const a = manager.socket("/");
    const b = manager.socket("/b");
    t.watch(a, "a", "connect", "disconnect");
    t.watch(b, "b", "connect", "disconnect");
    t.watch(manager, "manager", "close");
    await t.next(b, "connect");
    t.log(a.io === b.io, a.id === b.id, server.engine.clientsCount);
    a.disconnect();
    t.log("a is gone", b.connected, manager.engine.readyState);
    b.disconnect();
    t.log("b is gone");
  },
  "manager.socket returns the same socket again, and connects it": async (t) => {
    const { url } = await t.server();
    const manager = t.manager(url);
    const socket = manager.socket("/");
    await t.next(socket, "connect");
    socket.disconnect();
    t.log(manager.socket("/") === socket, socket.active);
    await t.next(socket, "connect");
  },
};
