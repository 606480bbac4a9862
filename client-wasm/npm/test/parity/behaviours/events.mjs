// Events sent and received, acks, buffers and listeners.

async function connected(t, opts, server) {
  const made = await t.server(server);
  const socket = t.socket(made.url, { transports: ["websocket"], ...opts });
  await t.next(socket, "connect");
  return Object.assign(socket, { made });
}

class Point {
  constructor(x) {
    this.x = x;
  }
  toJSON() {
    return { point: this.x };
  }
}

export default {
  values: async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, 1, "a", null, true, [1, [2]], { a: { b: "c" } }, 1.5, -0, "é中😀");
  },
  "values that JSON cannot express": async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, undefined, NaN, Infinity, new Date(0), new Map([[1, 2]]), new Set([1]), { u: undefined, f: () => {} }, [
      undefined,
      () => {},
    ]);
  },
  toJSON: async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, new Point(1), { deep: new Point(2) }, [new Point(Buffer.from([1]))]);
  },
  "lone surrogates": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.emit("a", "\ud800", "\udc00x");
    await t.end(socket);
  },
  binary: async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, Buffer.from([1, 2]), { a: Buffer.from([3]), b: [Buffer.alloc(0)] });
  },
  "binary types": async (t) => {
    const socket = await connected(t);
    await t.echoed(
      socket,
      new Uint8Array([1, 2]).buffer,
      new Uint8Array([3]),
      new Uint16Array([4]),
      new DataView(new ArrayBuffer(2)),
      new Uint8Array([9, 8, 7]).subarray(1, 2),
    );
  },
  "binary on polling": async (t) => {
    const socket = await connected(t, { transports: ["polling"] });
    await t.echoed(socket, Buffer.from([0, 1, 2, 255]), "x", { a: new Uint8Array([3]) });
  },
  "binary in acks": async (t) => {
    const socket = await connected(t);
    t.log(await socket.emitWithAck("echo", Buffer.from([1])));
  },
  "binary as an ArrayBuffer": async (t) => {
    const socket = await connected(t);
    socket.io.engine.binaryType = "arraybuffer";
    socket.emit("echo", Buffer.from([1, 2]));
    const [data] = await t.next(socket, "echo");
    t.log(Buffer.from(data));
  },
  forceBase64: async (t) => {
    const socket = await connected(t, { forceBase64: true });
    await t.echoed(socket, Buffer.from([1, 2, 3, 4]));
  },
  "frames of a binary event": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.emit("a", { b: Buffer.from([1]), c: [Buffer.from([2])] }, () => {});
    await t.end(socket);
  },
  "placeholders in the arguments": async (t) => {
    const socket = await connected(t);
    await t.echoed(socket, { _placeholder: true, num: 0 });
  },
  "a cycle": async (t) => {
    const socket = await connected(t);
    const cycle = {};
    cycle.cycle = cycle;
    try {
      socket.emit("a", cycle);
    } catch (error) {
      t.log(error.name);
    }
    t.log(socket.connected, await socket.emitWithAck("echo", 1));
  },
  "a BigInt": async (t) => {
    const socket = await connected(t);
    try {
      socket.emit("a", 1n);
    } catch (error) {
      t.log(error.name);
    }
  },
  "a number as a name": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.emit(1, 2);
    await t.end(socket);
  },
  "an ack by callback": async (t) => {
    const socket = await connected(t);
    await new Promise((resolve) =>
      socket.emit("echo", 1, 2, function (...args) {
        resolve(t.log(this === socket, ...args));
      }),
    );
  },
  emitWithAck: async (t) => {
    const socket = await connected(t);
    t.log(await socket.emitWithAck("echo", "a", "b"));
    t.log(await socket.emitWithAck("echo"));
  },
  "timeout with an ack": async (t) => {
    const socket = await connected(t);
    await new Promise((resolve) => socket.timeout(5000).emit("echo", 1, (...args) => resolve(t.log(...args))));
  },
  "timeout without an ack": async (t) => {
    const socket = await connected(t);
    await new Promise((resolve) => socket.timeout(20).emit("silent", (...args) => resolve(t.log(args.length, ...args))));
  },
  "emitWithAck without an ack": async (t) => {
    const socket = await connected(t);
    await socket
      .timeout(20)
      .emitWithAck("silent")
      .catch((error) => t.log(error));
  },
  ackTimeout: async (t) => {
    const socket = await connected(t, { ackTimeout: 500 });
    await new Promise((resolve) => socket.emit("silent", (...args) => resolve(t.log(...args))));
    await new Promise((resolve) => socket.emit("echo", 1, (...args) => resolve(t.log(...args))));
  },
  "acks at a disconnection": async (t) => {
    const socket = await connected(t);
    t.watch(socket, "socket", "disconnect");
    socket.emit("silent", () => t.log("plain"));
    socket.timeout(5000).emit("silent", (error) => t.log("with timeout", error));
    socket.emitWithAck("silent").catch((error) => t.log("promise", error));
    socket.disconnect();
    await t.tick();
  },
  "the ack of a buffered event survives a disconnection": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false, transports: ["websocket"] });
    const answer = socket.emitWithAck("echo", 1);
    socket.connect();
    t.log(await answer);
  },
  "a timeout removes the event from the buffer": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    socket.emit("a");
    const late = socket.timeout(20).emitWithAck("b");
    t.log(socket.sendBuffer.length);
    await late.catch((error) => t.log(error));
    t.log(socket.sendBuffer.length, socket.sendBuffer[0].data);
  },
  "ids of acks": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.emit("a", () => {});
    socket.emit("b");
    socket.emit("c", () => {});
    await t.end(socket);
  },
  "a repeated ack, and an unexpected ack": async (t) => {
    const { url } = await t.scripted((ws) =>
      ws.on("packet", (text) => text.startsWith("42") && ["430[1]", "430[2]", "439[3]", '42["done"]'].forEach((frame) => ws.send(frame))),
    );
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    socket.emit("a", (...args) => t.log("ack", ...args));
    await t.next(socket, "done");
  },
  "an ack without arguments": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text.startsWith("42") && ws.send("430[]")));
    const socket = t.socket(url, { transports: ["websocket"] });
    await t.next(socket, "connect");
    await new Promise((resolve) => socket.emit("a", (...args) => resolve(t.log("ack", args.length))));
  },
  "server events with acks": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text === "40" && ws.send('427["q",1]')));
    const socket = t.socket(url, { transports: ["websocket"] });
    socket.on("q", (n, answer) => {
      t.log(n, typeof answer);
      answer("a", Buffer.from([1]));
      answer("twice");
    });
    await t.next(socket, "q");
    await t.end(socket);
  },
  sendBuffer: async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false, transports: ["websocket"] });
    socket.emit("echo", 1);
    socket.emit("echo", 2);
    t.log(
      socket.sendBuffer.length,
      socket.sendBuffer.map(({ type, data, options }) => [type, data, options]),
    );
    socket.on("echo", (n) => t.log("echo", n));
    socket.on("connect", () => t.log("connect", socket.sendBuffer.length));
    socket.connect();
    await t.next(socket, "connect");
    await socket.emitWithAck("echo", 3);
  },
  "sendBuffer can be emptied": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false, transports: ["websocket"] });
    socket.on("echo", (n) => t.log("echo", n));
    socket.emit("echo", 1);
    socket.sendBuffer = [];
    t.log(socket.sendBuffer.length);
    socket.connect();
    await t.next(socket, "connect");
    await socket.emitWithAck("echo", 3);
  },
  ...Object.fromEntries(
    Object.entries({
      "length = 0": (socket) => (socket.sendBuffer.length = 0),
      splice: (socket) => socket.sendBuffer.splice(1, 2),
      shift: (socket) => socket.sendBuffer.shift(),
      push: (socket) => socket.sendBuffer.push({ type: 2, data: ["more", 1], options: { compress: true } }),
      unshift: (socket) => socket.sendBuffer.unshift({ type: 2, data: ["first"], options: {} }),
      reverse: (socket) => socket.sendBuffer.reverse(),
      filter: (socket) => (socket.sendBuffer = socket.sendBuffer.filter(({ data }) => data[1] !== 2)),
      "an array that is kept": (_, kept) => kept.splice(0, 2),
    }).map(([edit, change]) => [
      `sendBuffer edited: ${edit}`,
      async (t) => {
        const { url } = await t.scripted();
        const socket = t.socket(url, { transports: ["websocket"], autoConnect: false });
        for (const n of [1, 2]) socket.emit("event", n);
        const kept = socket.sendBuffer;
        socket.emit("event", 3);
        socket.emit("acked", () => {});
        change(socket, kept);
        t.log(socket.sendBuffer.length);
        socket.emit("last");
        t.log(socket.sendBuffer.map(({ data }) => data));
        socket.connect();
        await t.end(socket);
      },
    ]),
  ),
  "sendBuffer edited while connecting": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    const { sendBuffer } = socket.emit("a").emit("b");
    await t.next(socket.io, "open");
    sendBuffer.shift();
    await t.next(socket, "connect");
    t.log(socket.sendBuffer.length);
    await t.end(socket);
  },
  "sendBuffer survives a disconnection": async (t) => {
    const socket = await connected(t);
    socket.disconnect();
    socket.emit("echo", 1);
    t.log(socket.sendBuffer.length);
    socket.connect();
    t.log(...(await t.next(socket, "echo")));
  },
  "emit in connect follows the buffered events": async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"] });
    socket.emit("first");
    socket.on("connect", () => socket.emit("second"));
    await t.next(socket, "connect");
    await t.end(socket);
  },
  "volatile while connected": async (t) => {
    const socket = await connected(t);
    await t.tick();
    const answer = t.next(socket, "echo");
    socket.volatile.emit("echo", 1);
    t.log(...(await answer));
  },
  "volatile before the connection is open": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websocket"] });
    socket.on("echo", (n) => t.log("echo", n));
    socket.volatile.emit("echo", 1);
    t.log(socket.sendBuffer.length);
    await t.next(socket, "connect");
    t.log(await socket.emitWithAck("echo", 2));
  },
  "volatile twice in a turn": async (t) => {
    const socket = await connected(t);
    await t.tick();
    socket.on("echo", (n) => t.log("echo", n));
    socket.volatile.emit("echo", 1);
    socket.volatile.emit("echo", 2);
    await socket.emitWithAck("echo", 3);
  },
  "the ack of a volatile event": async (t) => {
    const socket = await connected(t);
    await t.tick();
    t.log(await socket.volatile.timeout(5000).emitWithAck("echo", 1));
  },
  "flags apply to one event": async (t) => {
    const socket = await connected(t);
    await socket
      .timeout(20)
      .emitWithAck("silent")
      .catch(({ message }) => t.log(message));
    socket.emit("echo", 1, (...args) => t.log("plain", ...args));
    t.log(await socket.emitWithAck("echo", 2));
  },
  compress: async (t) => {
    const socket = await connected(t);
    const answer = t.next(socket, "echo");
    t.log(socket.compress(false).emit("echo", 1) === socket);
    t.log(...(await answer));
  },
  onAny: async (t) => {
    const socket = await connected(t);
    socket.on("echo", () => t.log("on"));
    socket.onAny((...args) => t.log("any", ...args));
    socket.prependAny((...args) => t.log("first", ...args));
    await t.echoed(socket, 1);
    t.log(socket.listenersAny().length);
    socket.offAny();
    t.log(socket.listenersAny().length);
    await t.echoed(socket, 2);
  },
  "offAny with a listener": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    const [f, g] = [() => {}, () => {}];
    socket.onAny(f).onAny(g).onAny(f);
    socket.offAny(f);
    t.log(socket.listenersAny().length, socket.listenersAny()[0] === g, socket.listenersAny()[1] === f);
  },
  onAnyOutgoing: async (t) => {
    const socket = await connected(t);
    socket.onAnyOutgoing((...args) => t.log("outgoing", ...args));
    socket.prependAnyOutgoing((...args) => t.log("first", ...args));
    socket.emit("a", 1, Buffer.from([1]));
    await socket.emitWithAck("echo", 2);
    t.log(socket.listenersAnyOutgoing().length);
    socket.offAnyOutgoing();
    socket.emit("b");
  },
  "onAnyOutgoing for buffered events": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { autoConnect: false, transports: ["websocket"] });
    socket.onAnyOutgoing((...args) => t.log("outgoing", ...args));
    socket.emit("a", 1, new Date(0));
    t.log("emitted");
    socket.on("connect", () => t.log("connect"));
    socket.connect();
    await t.next(socket, "connect");
  },
  "events before CONNECT": async (t) => {
    const { url } = await t.raw({
      connection: (ws) => {
        ws.send('0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}');
        ws.on("message", () => ['42["early",1]', '40{"sid":"ID"}', '42["late",2]'].forEach((frame) => ws.send(frame)));
      },
    });
    const socket = t.socket(url, { transports: ["websocket"], engineVersion: "eio4" });
    t.watch(socket, "socket", "early", "connect", "late");
    await t.next(socket, "late");
  },
  "the order of listeners, and removed listeners": async (t) => {
    const socket = await connected(t);
    const second = () => t.log("second");
    socket.on("echo", () => {
      t.log("first");
      socket.off("echo", second);
      socket.on("echo", () => t.log("new"));
    });
    socket.on("echo", second);
    socket.once("echo", () => t.log("once"));
    await t.echoed(socket, 1);
    await t.echoed(socket, 2);
  },
  off: async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    const f = () => {};
    socket.on("a", f).on("a", f).once("a", f).on("b", f);
    t.log(socket.listeners("a").length, socket.hasListeners("a"), socket.hasListeners("c"));
    socket.off("a", f);
    t.log(socket.listeners("a").length);
    socket.removeListener("a", f);
    t.log(socket.listeners("a").length, socket.listeners("a")[0] && socket.listeners("a")[0].fn === f);
    socket.removeEventListener("a", f);
    t.log(socket.listeners("a").length, socket.hasListeners("a"));
    socket.removeAllListeners("b");
    t.log(socket.listeners("b").length);
    socket.addEventListener("a", f).off();
    t.log(socket.listeners("a").length);
    socket.off("nothing").off("nothing", f);
  },
  "event names of Object.prototype": async (t) => {
    const socket = t.socket("http://localhost:1", { autoConnect: false });
    t.log(socket.listeners("constructor").length, socket.listeners("__proto__").length, socket.hasListeners("toString"));
    socket.on("__proto__", () => {}).on("constructor", () => {});
    t.log(socket.listeners("constructor").length, socket.listeners("__proto__").length);
  },
  retries: async (t) => {
    const { url } = await t.scripted();
    const socket = t.socket(url, { transports: ["websocket"], retries: 2, ackTimeout: 200 });
    await t.next(socket, "connect");
    await new Promise((resolve) => socket.emit("a", 1, (...args) => resolve(t.log("ack", ...args))));
  },
  "retries in order, one at a time": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text.startsWith("42") && ws.send(`43${/^42(\d+)/.exec(text)[1]}["ok"]`)));
    const socket = t.socket(url, { transports: ["websocket"], retries: 2 });
    const answers = ["a", "b"].map((name) => new Promise((resolve) => socket.emit(name, (...args) => resolve(t.log(name, ...args)))));
    socket.emit("c");
    await Promise.all(answers);
    await t.end(socket);
  },
  "retries and emitWithAck": async (t) => {
    const socket = await connected(t, { retries: 1, ackTimeout: 5000 });
    t.log(await socket.emitWithAck("echo", "x"));
  },
};
