// Odd uses, which socket.io-client allows: unusual arguments, callbacks that throw or end the connection, calls in unusual places.

const quick = { transports: ["websocket"], reconnectionDelay: 100, randomizationFactor: 0 };

async function connected(t, opts, server) {
  const made = await t.server(server);
  const socket = t.socket(made.url, { ...quick, ...opts });
  await t.next(socket, "connect");
  return Object.assign(socket, { made });
}

/** A socket of a server that logs what it gets. */
async function logged(t, opts) {
  const { url } = await t.scripted();
  const socket = t.socket(url, { ...quick, ...opts });
  await t.next(socket, "connect");
  return socket;
}

/** Calls a function; logs what it throws. */
function attempt(t, label, run) {
  try {
    run();
    t.log(label, "fine");
  } catch (error) {
    t.log(label, error.name);
  }
}

/** Emits each list of arguments. */
const emitting =
  (...lists) =>
  async (t) => {
    const socket = await logged(t);
    lists.forEach((args, n) => attempt(t, n, () => socket.emit(...args)));
    await t.end(socket);
  };

const date = new Date(0);
class Empty {}
class Getter {
  get x() {
    return 1;
  }
}

/** Ends the connection in a callback; logs what follows. */
const endingIn = (where, begin) => async (t) => {
  const socket = await connected(t);
  const { io } = socket;
  t.watch(socket, "socket", "connect", "disconnect", "connect_error", "echo");
  t.watch(io, "manager", "reconnect_attempt", "error");
  const end = (by) => () => {
    t.log("in", where);
    by(socket);
    t.log("then", socket.connected, socket.active);
  };
  const ended = new Promise((resolve) => begin(socket, (by) => () => resolve(end(by)())));
  await ended;
  await t.tick();
  if (socket.active && !socket.connected) await t.next(socket, "connect");
  t.log(socket.connected, socket.active, io._readyState);
};

const ends = {
  "disconnect()": (socket) => socket.disconnect(),
  "disconnect() and connect()": (socket) => socket.disconnect().connect(),
  "engine.close()": (socket) => socket.io.engine.close(),
};

const places = {
  "an ack": (socket, end) => socket.emit("echo", 1, end),
  "a listener": (socket, end) => socket.on("echo", end) && socket.emit("echo", 1),
  onAny: (socket, end) => socket.onAny(end) && socket.emit("echo", 1),
  "a timeout": (socket, end) => socket.timeout(20).emit("silent", end),
  "a disconnection": (socket, end) => socket.once("disconnect", end) && socket.emit("kick"),
};

/** When the connection is lost. */
const losses = {
  "a lost connection": (socket, end) => socket.once("disconnect", end) && socket.emit("drop"),
  "the manager's close": (socket, end) => socket.io.once("close", end) && socket.emit("drop"),
  "the engine's close": (socket, end) => socket.io.engine.once("close", end) && socket.emit("drop"),
  reconnect_attempt: (socket, end) => socket.io.once("reconnect_attempt", end) && socket.emit("drop"),
  open: (socket, end) => socket.io.once("open", end) && socket.emit("drop"),
  reconnect: (socket, end) => socket.io.once("reconnect", end) && socket.emit("drop"),
};

export default {
  "many namespaces of a URL": async (t) => {
    const { url, server } = await t.server();
    const names = ["/", "/a", "/b", "/c", "/d"];
    for (const name of names) server.of(name).on("connection", (socket) => socket.on("who", (answer) => answer(socket.nsp.name)));
    const sockets = names.map((name) => t.io(url + name, { transports: ["websocket"] }));
    t.log(
      new Set(sockets.map(({ io }) => io)).size,
      sockets.map(({ nsp }) => nsp),
    );
    t.log(await Promise.all(sockets.slice(1).map((socket) => socket.emitWithAck("who"))));
    sockets[1].disconnect();
    await t.tick();
    t.log(
      sockets.map(({ connected, active }) => [connected, active]),
      sockets[0].io._readyState,
    );
    sockets[1].connect();
    t.log(await sockets[1].emitWithAck("who"));
    const again = t.io(`${url}/a`, { transports: ["websocket"] });
    t.log(again === sockets[1], again.io === sockets[1].io);
    again.disconnect();
    for (const socket of sockets) socket.disconnect();
    t.log(sockets[0].io._readyState);
  },
  "a namespace without a slash": async (t) => {
    const { url } = await t.scripted(() => {}, { handshake: { grants: false } });
    const manager = t.manager(url, { transports: ["websocket"] });
    const socket = manager.socket("chat");
    t.log(socket.nsp);
    await t.turns(50);
    socket.disconnect();
  },
  "an empty namespace, and one with a query": async (t) => {
    const { url } = await t.scripted(() => {}, { handshake: { grants: false } });
    const manager = t.manager(url, { transports: ["websocket"] });
    for (const name of ["", "/a?b=c"]) t.log(manager.socket(name).nsp);
    await t.turns(50);
    for (const name of ["", "/a?b=c"]) manager.socket(name).disconnect();
  },
  "auth that throws": async (t) => {
    const { url } = await t.server();
    let calls = 0;
    const socket = t.socket(url, { ...quick, autoConnect: false });
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    await new Promise((resolve) => {
      socket.auth = (done) => {
        if (calls++) return done({});
        void t.turns(20).then(resolve);
        throw new Error("no token");
      };
      socket.connect();
    });
    t.log(socket.connected, socket.active, socket.io._readyState);
    socket.disconnect().connect();
    await t.next(socket, "connect");
  },
  "auth that answers twice": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, {
      ...quick,
      auth: (done) => {
        done({ n: 1 });
        done({ n: 2 });
      },
    });
    await t.turns(50);
    t.log(socket.connected);
  },
  "auth that answers late, after a disconnection": async (t) => {
    const { url } = await t.server();
    let answer;
    const socket = t.socket(url, {
      ...quick,
      auth: (done) => {
        answer = done;
      },
    });
    await t.next(socket.io, "open");
    await t.tick();
    socket.disconnect();
    await t.tick();
    attempt(t, "answer", () => answer({}));
    await t.turns(50);
    t.log(socket.connected, socket.active);
  },
  ...Object.fromEntries(
    ["text", 1, true, null, undefined, [1], [], "", 0, false].map((auth) => [
      `auth that is ${JSON.stringify(auth)}, and one that answers so`,
      async (t) => {
        for (const given of [auth, (done) => done(auth)]) {
          const { url } = await t.scripted(() => {}, { handshake: { grants: false } });
          const socket = t.socket(url, { ...quick, auth: given });
          await t.next(socket.io, "open");
          await t.turns(30);
          socket.disconnect();
        }
      },
    ]),
  ),
  "auth with a Date, a function and undefined": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { ...quick, auth: { date, f() {}, u: undefined, n: NaN } });
    await t.turns(50);
    t.log(socket.connected);
  },
  "names that are no strings": emitting([undefined], [null], [true], [{ a: 1 }], [1.5], [-1], [""]),
  "a Symbol as a name": emitting([Symbol("a")]),
  "names of Object.prototype": emitting(["toString"], ["__proto__", 1], ["constructor"], ["hasOwnProperty"]),
  "values in arrays and objects": emitting(
    ["a", undefined, null, NaN, -Infinity, -0],
    ["a", Array(2), [undefined]],
    ["a", date, { date }, [date]],
    ["a", new Map([[1, 2]]), new Set([1]), new WeakMap(), /x/g, new Error("e")],
    ["a", new Empty(), new Getter(), Object.create(null), Object.create({ inherited: 1 })],
    ["a", Symbol("s"), { [Symbol("s")]: 1, s: Symbol("s") }],
    ["a", new Number(1), new String("s"), new Boolean(false)],
    ["a", () => {}, 1],
    ["a", () => {}, () => {}],
    ["a", { toJSON: () => undefined }],
    ["a", { toJSON: () => [Buffer.from([1])] }],
    ["a", Promise.resolve(1)],
    ["a", globalThis.undefined],
  ),
  "values that throw": emitting(
    ["a", 1n],
    ["a", { n: 1n }],
    [
      "a",
      {
        toJSON() {
          throw new TypeError("toJSON");
        },
      },
    ],
    [
      "a",
      {
        get x() {
          throw new TypeError("getter");
        },
      },
    ],
    ["after"],
  ),
  "typed arrays": emitting(
    ["a", new Float64Array([1.5]), new BigInt64Array([1n]), new Int8Array([-1])],
    ["a", new DataView(new ArrayBuffer(3), 1, 1), new Uint8Array(0), new ArrayBuffer(0)],
    ["a", [Buffer.from("x"), { b: [new Uint8ClampedArray([300])] }], () => {}],
  ),
  "the flags of an event that throws": async (t) => {
    const socket = await logged(t);
    attempt(t, "circular", () => socket.timeout(20).emit("a", 1n, (error) => t.log("ack", error)));
    socket.emit("b", () => {});
    await t.end(socket);
    await t.turns(50);
  },
  "arguments that are changed after emit": async (t) => {
    const socket = await logged(t);
    const value = { n: 1 };
    socket.emit("a", value);
    value.n = 2;
    await t.end(socket);
  },
  "arguments that are changed while they are buffered": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { ...quick, autoConnect: false });
    const value = { n: 1 };
    socket.emit("a", value);
    value.n = 2;
    socket.connect();
    await t.next(socket, "connect");
    await t.end(socket);
  },
  ...Object.fromEntries(
    [0, -1, NaN, "20", ["20"], {}, null, undefined, 1e6].map((limit) => [
      `timeout of ${typeof limit} ${JSON.stringify(limit)}${Number.isNaN(limit) ? ", NaN" : ""}`,
      async (t) => {
        const socket = await connected(t);
        socket.timeout(limit).emit("silent", (...args) => t.log("ack", ...args));
        await t.turns(60);
      },
    ]),
  ),
  "timeout without a callback, and twice": async (t) => {
    const socket = await connected(t);
    socket.timeout(20).emit("silent");
    socket
      .timeout(5000)
      .timeout(20)
      .emit("silent", (error) => t.log(error));
    socket.emit("silent", (error) => t.log("never", error));
    await t.turns(60);
  },
  "an ack that throws, and the ones after it": async (t) => {
    const socket = await connected(t);
    socket.emit("echo", 1, () => {
      throw new Error("in an ack");
    });
    t.log(await socket.emitWithAck("echo", 2), socket.connected);
  },
  "a timeout that throws": async (t) => {
    const socket = await connected(t);
    socket.timeout(10).emit("silent", () => {
      throw new Error("in a timeout");
    });
    await t.turns(50);
    t.log(await socket.emitWithAck("echo", 2), socket.connected);
  },
  "a listener that is async and rejects": async (t) => {
    const socket = await connected(t);
    socket.on("echo", async () => {
      throw new Error("rejected");
    });
    socket.emit("echo", 1);
    t.log(await socket.emitWithAck("echo", 2), socket.connected);
  },
  "listeners of all events that throw": async (t) => {
    const socket = await connected(t);
    socket.onAny(() => {
      throw new Error("in onAny");
    });
    socket.on("echo", () => t.log("not called?"));
    socket.emit("echo", 1);
    t.log(await socket.emitWithAck("echo", 2), socket.connected);
    socket.offAny();
    socket.onAnyOutgoing(() => {
      throw new Error("in onAnyOutgoing");
    });
    attempt(t, "emit", () => socket.emit("echo", 3));
    socket.offAnyOutgoing();
    t.log(await socket.emitWithAck("echo", 4), socket.connected);
  },
  "connect and disconnect that throw": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, quick);
    socket.once("connect", () => {
      throw new Error("in connect");
    });
    await t.next(socket, "connect");
    socket.once("disconnect", () => {
      throw new Error("in disconnect");
    });
    t.log(await socket.emitWithAck("echo", 1));
    attempt(t, "disconnect()", () => socket.disconnect());
    await t.tick();
    t.log(socket.connected, socket.active, socket.io._readyState);
  },
  "listeners that remove themselves and others": async (t) => {
    const socket = await connected(t);
    const second = () => t.log("second");
    const first = () => {
      t.log("first");
      socket.off("echo", first);
      socket.off("echo", second);
    };
    socket.on("echo", first).on("echo", second);
    socket.once("echo", () => t.log("once"));
    await t.echoed(socket, 1);
    await t.echoed(socket, 2);
    socket.onAny(function any() {
      t.log("any");
      socket.offAny(any);
    });
    await t.echoed(socket, 3);
    await t.echoed(socket, 4);
  },
  "a listener added twice, and removed once": async (t) => {
    const socket = await connected(t);
    const listener = () => t.log("heard");
    socket.on("echo", listener).on("echo", listener).once("echo", listener);
    await t.echoed(socket, 1);
    socket.off("echo", listener);
    await t.echoed(socket, 2);
    socket.off("echo");
    await t.echoed(socket, 3);
  },
  "a listener that is not a function": async (t) => {
    const socket = await connected(t);
    for (const method of ["on", "once", "onAny", "onAnyOutgoing", "off"]) attempt(t, method, () => socket[method]("echo"));
    socket.offAny();
    socket.offAnyOutgoing();
    socket.emit("echo", 1);
    t.log(await socket.emitWithAck("echo", 2), socket.connected);
  },
  "off()": async (t) => {
    const socket = await connected(t);
    socket.on("echo", () => t.log("heard"));
    socket.off();
    t.log(socket.hasListeners("echo"), socket.listeners("echo"));
    t.log(await socket.emitWithAck("echo", 1));
  },
  "send() and emitWithAck() without arguments": async (t) => {
    const socket = await logged(t);
    socket.send();
    socket.send(() => {});
    socket.emitWithAck("a").catch((error) => t.log(error));
    socket.emitWithAck().catch((error) => t.log(error));
    await t.end(socket);
  },
  "emitWithAck with a function in front": async (t) => {
    const socket = await connected(t);
    t.log(await socket.emitWithAck("echo", () => {}, 1));
  },
  "answers with odd values": async (t) => {
    const socket = await connected(
      t,
      {},
      { serve: (server) => server.on("connection", (client) => client.on("got", (...args) => client.emit("told", ...args))) },
    );
    const answers = [];
    socket.on("question", (_n, answer) => {
      answers.push(answer);
      answer(undefined, NaN, date, new Map(), Buffer.from([1]), () => {});
    });
    socket.on("answered", (...args) => t.log(...args));
    socket.emit("ask");
    await t.next(socket, "answered");
    attempt(t, "again", () => answers[0](1));
  },
  "an answer that throws": async (t) => {
    const socket = await connected(t);
    socket.on("question", (_n, answer) => attempt(t, "answer", () => answer(1n)));
    socket.on("answered", (...args) => t.log(...args));
    socket.emit("ask");
    t.log(await socket.emitWithAck("echo", 1), socket.connected);
  },
  "an answer after a disconnection": async (t) => {
    const socket = await connected(t);
    const [, answer] = await new Promise((resolve) => {
      socket.on("question", (...args) => resolve(args));
      socket.emit("ask");
    });
    socket.disconnect();
    attempt(t, "answer", () => answer(1));
    t.log(socket.connected, socket.sendBuffer.length);
  },
  "connect() again and again, and in one turn with disconnect()": async (t) => {
    const socket = await connected(t);
    t.watch(socket, "socket", "connect", "disconnect");
    t.log(socket.connect().connect() === socket);
    socket.disconnect().connect().disconnect().connect();
    t.log(socket.connected, socket.active);
    await t.next(socket, "connect");
    t.log(await socket.emitWithAck("echo", 1));
    socket.disconnect().disconnect();
    t.log(socket.connected, socket.active);
  },
  "events around a disconnection": async (t) => {
    const socket = await connected(t);
    socket.on("echo", (n) => t.log("echo", n));
    socket.emit("echo", 1);
    socket.disconnect();
    socket.emit("echo", 2);
    socket.connect();
    socket.emit("echo", 3);
    await t.next(socket, "connect");
    socket.emit("echo", 4);
    t.log(await socket.emitWithAck("echo", 5));
  },
  "volatile around a disconnection": async (t) => {
    const socket = await connected(t);
    socket.on("echo", (n) => t.log("echo", n));
    socket.disconnect();
    socket.volatile.emit("echo", 1);
    socket.volatile.timeout(20).emit("echo", 2, (error) => t.log(error));
    t.log(socket.sendBuffer.length);
    socket.connect();
    await t.next(socket, "connect");
    t.log(await socket.emitWithAck("echo", 3));
    await t.turns(50);
  },
  "members of the engine": async (t) => {
    const socket = await connected(t);
    const { engine } = socket.io;
    t.log(typeof engine.id, engine.readyState, engine.transport.name, engine.transport.writable, engine.writeBuffer.length, engine.upgrading);
    t.log(engine.hostname, engine.secure, engine.protocol, engine.opts.path, engine.opts.upgrade, engine.opts.rememberUpgrade, engine.opts.agent);
    t.log(engine.transports, typeof engine.transport.on, typeof engine.transport.close);
    engine.on("close", (reason) => t.log("close", reason));
    engine.close();
    t.log(engine.readyState, engine.id);
  },
  "settings of the manager, changed later": async (t) => {
    const url = await t.unreachable();
    const socket = t.socket(url, { ...quick, reconnectionAttempts: 5 });
    const { io } = socket;
    t.watch(io, "manager", "reconnect_attempt", "reconnect_failed");
    io.reconnectionAttempts(2);
    await t.next(io, "reconnect_failed");
    t.log(io.reconnectionAttempts(), io.reconnection(), io.reconnectionDelay(20).reconnectionDelay(), io.timeout(50).timeout());
    io.reconnection(false);
    socket.connect();
    await t.next(socket, "connect_error");
    await t.turns(60);
    io.reconnection(true);
    socket.connect();
    await t.next(io, "reconnect_failed");
    t.log(socket.active, socket.connected);
  },
  "reconnection(false) while it is reconnecting": async (t) => {
    const url = await t.unreachable();
    const socket = t.socket(url, quick);
    const { io } = socket;
    t.watch(io, "manager", "reconnect_attempt", "reconnect_failed", "reconnect_error");
    t.watch(socket, "socket", "connect_error");
    io.once("reconnect_attempt", () => io.reconnection(false));
    await t.turns(150);
    t.log(socket.active, io._readyState);
  },
  "options that are undefined": async (t) => {
    const { url } = await t.server();
    const all =
      "reconnection reconnectionAttempts reconnectionDelay reconnectionDelayMax randomizationFactor timeout autoConnect path query extraHeaders auth transports upgrade forceBase64 parser withCredentials ackTimeout retries multiplex closeOnBeforeunload";
    const socket = t.socket(url, Object.fromEntries(all.split(" ").map((name) => [name, undefined])));
    await t.next(socket, "connect");
    t.log(socket.io.reconnection(), socket.io.reconnectionDelay(), socket.io.timeout(), socket.io.engine.opts.path);
    t.log(await socket.emitWithAck("echo", 1));
  },
  "transports: []": async (t) => {
    const { url } = await t.server();
    try {
      const socket = t.socket(url, { transports: [], reconnection: false });
      socket.on("connect_error", (error) => t.log(error.message ?? error));
      await t.turns(50);
    } catch (error) {
      t.log("thrown", error.name);
    }
  },
  "a header that is not valid": async (t) => {
    const { url } = await t.server();
    for (const transport of ["polling", "websocket"]) {
      const socket = t.socket(url, { transports: [transport], extraHeaders: { a: "b\nc" }, reconnection: false });
      socket.on("connect_error", (error) => t.log(transport, error.message));
      await t.turns(50);
    }
  },
  "the server's disconnect, answered by connect()": async (t) => {
    const socket = await connected(t);
    t.watch(socket, "socket", "connect");
    socket.once("disconnect", (reason) => {
      t.log(reason, socket.active);
      socket.connect();
      t.log(socket.active, socket.connected);
    });
    socket.emit("kick");
    await t.next(socket, "connect");
    t.log(await socket.emitWithAck("echo", 1));
  },
  "a refusal, answered by connect()": async (t) => {
    let calls = 0;
    const { url } = await t.server({ serve: (server) => server.use((_, next) => next(calls++ ? undefined : new Error("not yet"))) });
    const socket = t.socket(url, quick);
    socket.on("connect_error", (error) => {
      t.log(error, socket.active);
      socket.connect();
    });
    await t.next(socket, "connect");
    t.log(socket.active, await socket.emitWithAck("echo", 1));
  },
  "the result of listenersAny can be changed": async (t) => {
    const socket = await connected(t);
    socket.onAny(() => t.log("one")).onAny(() => t.log("two"));
    socket.listenersAny().shift();
    socket.listenersAny().push(() => t.log("three"));
    await t.echoed(socket, 1);
    socket.onAnyOutgoing(() => t.log("out"));
    socket.listenersAnyOutgoing().pop();
    t.log(await socket.emitWithAck("echo", 2));
  },
  "volatile, compress and timeout together": async (t) => {
    const socket = await connected(t);
    t.log(await socket.compress(false).timeout(5000).volatile.emitWithAck("echo", 1));
    t.log(socket.volatile === socket, socket.compress(true) === socket, socket.timeout(5000) === socket);
    t.log(await socket.emitWithAck("echo", 2).catch((error) => error.message));
  },
  ...Object.fromEntries(
    Object.entries(places).flatMap(([where, begin]) =>
      Object.entries(ends).map(([name, by]) => [`${name} in ${where}`, endingIn(where, (socket, end) => begin(socket, end(by)))]),
    ),
  ),
  ...Object.fromEntries(
    Object.entries(losses).map(([where, begin]) => [
      `disconnect() in ${where}`,
      endingIn(where, (socket, end) => begin(socket, end(ends["disconnect()"]))),
    ]),
  ),
};
