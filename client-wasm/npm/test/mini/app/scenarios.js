// The code of the imitated mini-program: what an application does with tidewire. `lab` has the server's URL and the controls of the test.

const tidewire = require("tidewire");
const { io } = tidewire;

const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

function check(isTrue, text) {
  if (!isTrue) throw new Error(text);
}

function equal(actual, expected, what) {
  const [a, b] = [JSON.stringify(actual), JSON.stringify(expected)];
  check(a === b, `${what}: ${a} and not ${b}`);
}

const bytesOf = (value) => {
  check(Object.prototype.toString.call(value) === "[object ArrayBuffer]", "not an ArrayBuffer: " + Object.prototype.toString.call(value));
  return Array.from(new Uint8Array(value));
};

function socket(lab, namespace, options) {
  const created = io(lab.url + namespace, Object.assign({ forceNew: true, reconnectionDelay: 20, randomizationFactor: 0 }, lab.options, options));
  lab.sockets.push(created);
  return created;
}

function connected(lab, namespace, options) {
  const created = socket(lab, namespace, options);
  const refused = next(created, "connect_error").then(([error]) => Promise.reject(error));
  return Promise.race([next(created, "connect"), refused]).then(() => created);
}

/** A promise may call back after the event that follows. */
const reconnected = (socket) => (socket.connected ? Promise.resolve() : next(socket, "connect"));

const later = (span) => new Promise((resolve) => setTimeout(resolve, span));

/** Resolves when the connection has its last transport. */
const upgraded = (lab, socket) =>
  String(lab.options.transports) !== "polling,websocket" || socket.io.engine.transport.name === "websocket"
    ? Promise.resolve()
    : new Promise((resolve) => socket.io.engine.once("upgrade", resolve));

exports.scenarios = {
  connects: (lab) =>
    connected(lab, "/lab").then((socket) => {
      check(socket.id && socket.connected, "no id");
      equal(socket.io.engineVersion(), lab.engineVersion, "the engine version");
      return socket.emitWithAck("echo", "é中😀", [1, null, { a: true }]);
    }),

  presence: (lab) =>
    connected(lab, "/ptop", { query: { room: lab.room, userId: "one" } }).then((one) => {
      const joined = next(one, "online");
      const other = Object.assign({ query: { room: lab.room, userId: "two" } }, lab.second);
      return connected(lab, "/ptop", other).then((two) =>
        joined.then(([presence]) => {
          equal(presence.action, "join", "the presence");
          const received = next(two, two.id);
          one.emit("exchange", { target: two.id, payload: { text: "你好" } });
          return received.then(([message]) => {
            equal(message.data, { action: "exchange", payload: { text: "你好" } }, "the envelope");
            equal(message.meta.client, one.id, "the sender");
          });
        }),
      );
    }),

  binary: (lab) =>
    connected(lab, "/lab").then((socket) => {
      const received = next(socket, "echo");
      socket.emit("echo", new Uint8Array([0, 1, 255]).buffer, { deep: new Uint8Array([7, 0]) }, "text");
      return received
        .then(([first, { deep }, text]) => equal([bytesOf(first), bytesOf(deep), text], [[0, 1, 255], [7, 0], "text"], "binary"))
        .then(() => socket.emitWithAck("echo", new Uint8Array([5, 6, 7, 8]).subarray(1, 3)))
        .then((answer) => equal(bytesOf(answer), [6, 7], "a view in an ack"));
    }),

  acks: (lab) =>
    connected(lab, "/lab").then((socket) => {
      socket.on("question", (text, answer) => answer(text + "?", new Uint8Array([9]).buffer));
      const answered = next(socket, "answered");
      socket.emit("question", "why");
      return answered.then(([text, bytes]) => equal([text, bytesOf(bytes)], ["why?", [9]], "the answer"));
    }),

  kick: (lab) =>
    connected(lab, "/lab").then((socket) => {
      const left = next(socket, "disconnect");
      socket.emit("kick");
      return left.then(([reason]) => {
        equal([reason, socket.active], ["io server disconnect", false], "the kick");
        socket.connect();
        return next(socket, "connect");
      });
    }),

  background: (lab) =>
    connected(lab, "/lab").then((socket) => {
      const { id } = socket;
      const received = [];
      const ends = [];
      socket.on("echo", (n) => received.push(n));
      socket.on("disconnect", (reason) => ends.push(reason));
      socket.emit("echo", 1);
      return next(socket, "echo")
        .then(() => upgraded(lab, socket))
        .then(() => lab.background(600000))
        .then(() => {
          // The first call after the return: it comes before any event of the host.
          socket.emit("echo", 2);
          check(ends.length === 1, "the dead connection is not seen");
          return reconnected(socket);
        })
        .then(() => {
          equal([ends.length, socket.id !== id], [1, !socket.recovered], "one end, and a new id unless the server has recovered the session");
          if (lab.recovers) check(socket.recovered, "the session is not recovered");
          return socket.emitWithAck("echo", "acked");
        })
        .then(() => later(50))
        .then(() => equal(received, [1, 2], "the events, each once"));
    }),

  network: (lab) =>
    connected(lab, "/lab").then((socket) => {
      const left = next(socket, "disconnect");
      lab.network("4g");
      return left
        .then(([reason]) => equal(reason, "transport close", "the reason"))
        .then(() => reconnected(socket))
        .then(() => {
          const lost = next(socket, "disconnect");
          lab.network("none");
          return lost;
        })
        .then(() => later(30))
        .then(() => {
          check(!socket.connected, "connected without a network");
          lab.network("wifi");
          return reconnected(socket);
        })
        .then(() => socket.emitWithAck("echo", 1));
    }),

  restart: (lab) =>
    connected(lab, "/lab").then((socket) => {
      const left = next(socket, "disconnect");
      return lab
        .restart()
        .then(() => left)
        .then(() => {
          socket.emit("echo", "meanwhile");
          return next(socket, "echo");
        });
    }),
};

/** Opens as many connections as the host has sockets, and one more. */
exports.limit = (lab, count) => {
  const options = { transports: ["websocket"], reconnection: false };
  const all = [];
  for (let n = 0; n < count; n++) all.push(connected(lab, "/lab", options));
  return Promise.all(all).then((sockets) => {
    const refused = socket(lab, "/lab", options);
    return next(refused, "connect_error").then(([error]) => {
      sockets[0].disconnect();
      return later(100)
        .then(() => connected(lab, "/lab", options))
        .then((another) => another.emitWithAck("echo", 1))
        .then(() => error.message);
    });
  });
};

exports.tidewire = tidewire;
