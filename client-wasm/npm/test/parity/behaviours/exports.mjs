// The exports of the module, and how `io()` reads URLs.

const names = ["io", "connect", "default", "Manager", "Socket", "protocol", "Fetch", "XHR", "NodeXHR", "WebSocket", "NodeWebSocket", "WebTransport"];

export default {
  "names and kinds": async (t) => {
    for (const name of names) t.log(name, typeof t.lib[name]);
  },
  "names of transports": async (t) => {
    for (const name of ["Fetch", "XHR", "NodeXHR", "WebSocket", "NodeWebSocket", "WebTransport"]) t.log(name, t.lib[name].prototype.name);
  },
  protocol: async (t) => t.log(t.lib.protocol),
  "io is one function": async (t) => t.log(t.lib.io === t.lib.connect, t.lib.io === t.lib.default),
  "properties of io": async (t) => {
    t.log(t.io.io === t.io, t.io.connect === t.io, t.io.Manager === t.lib.Manager, t.io.Socket === t.lib.Socket);
  },
  "what io returns": async (t) => {
    const socket = t.io("http://localhost:1", { autoConnect: false });
    t.log(socket instanceof t.lib.Socket, socket.io instanceof t.lib.Manager);
  },
  "one manager for namespaces of one server": async (t) => {
    const [a, b] = ["/a", "/b"].map((path) => t.io("http://localhost:2" + path, { autoConnect: false }));
    t.log(a.io === b.io, a === b, a.nsp, b.nsp);
  },
  "a second socket of a namespace has its own manager": async (t) => {
    const [a, b] = ["/a", "/a"].map((path) => t.io("http://localhost:3" + path, { autoConnect: false }));
    t.log(a.io === b.io, a === b);
  },
  forceNew: async (t) => {
    const [a, b] = ["/a", "/b"].map((path) => t.io("http://localhost:4" + path, { autoConnect: false, forceNew: true }));
    t.log(a.io === b.io);
  },
  "force new connection": async (t) => {
    const [a, b] = ["/a", "/b"].map((path) => t.io("http://localhost:5" + path, { autoConnect: false, "force new connection": true }));
    t.log(a.io === b.io);
  },
  "multiplex: false": async (t) => {
    const [a, b] = ["/a", "/b"].map((path) => t.io("http://localhost:6" + path, { autoConnect: false, multiplex: false }));
    t.log(a.io === b.io);
  },
  "another path is another server": async (t) => {
    const [a, b] = ["/x", "/y"].map((path, i) => t.io("http://localhost:7/n" + i, { autoConnect: false, path }));
    t.log(a.io === b.io, a.io.opts.path, b.io.opts.path);
  },
  "the default port is a port": async (t) => {
    const [a, b] = ["", ":80"].map((port, i) => t.io(`http://localhost${port}/p${i}`, { autoConnect: false }));
    t.log(a.io === b.io);
  },
  "a manager that is not shared is not reused": async (t) => {
    const a = t.io("http://localhost:8/a", { autoConnect: false, forceNew: true });
    const b = t.io("http://localhost:8/b", { autoConnect: false });
    const c = t.io("http://localhost:8/c", { autoConnect: false });
    t.log(a.io === b.io, b.io === c.io);
  },
  "namespaces of URLs": async (t) => {
    for (const [i, path] of ["", "/", "/chat", "/chat/room", "/chat/", "/chat?a=b", "/?a=b", "?a=b", "/chat#x"].entries()) {
      t.log(path, t.io(`http://localhost:${100 + i}${path}`, { autoConnect: false }).nsp);
    }
  },
  "the query of a URL": async (t) => {
    for (const [i, path] of ["/?a=b&c=d", "/?a", "/?a=b%20c", "/?a=b=c", "/?&&a=1"].entries()) {
      const opts = { autoConnect: false };
      t.io(`http://localhost:${120 + i}${path}`, opts);
      t.log(path, opts.query);
    }
  },
  "a given query overrides that of the URL": async (t) => {
    const opts = { autoConnect: false, query: { x: "y" } };
    t.io("http://localhost:140/?a=b", opts);
    t.log(opts.query);
  },
  "io writes the path into the options": async (t) => {
    const opts = { autoConnect: false };
    t.io("http://localhost:141", opts);
    t.log(opts);
  },
  "io without a URL and without a page": async (t) => {
    try {
      t.io({ autoConnect: false });
    } catch (error) {
      t.log(error instanceof TypeError);
    }
  },
  "a URL without a scheme": async (t) => {
    const socket = t.io("localhost:142/x", { autoConnect: false });
    t.log(socket.nsp);
    const engine = new t.Manager("https://localhost:142", { autoConnect: false });
    t.log(engine.engine);
  },
  "a URL that is too long": async (t) => {
    try {
      t.io("http://localhost/" + "x".repeat(9000), { autoConnect: false });
    } catch (error) {
      t.log(error);
    }
  },
  "the engine has the address of the server": async (t) => {
    for (const url of [
      "http://127.0.0.1:1",
      "https://127.0.0.1",
      "ws://127.0.0.1:2",
      "wss://[::1]:3",
      "http://127.0.0.1",
      "http://user:pass@127.0.0.1:4",
    ]) {
      const { engine } = t.manager(url, { reconnection: false });
      engine.on("error", () => {});
      t.log(url, engine.hostname, engine.port, engine.secure);
    }
  },
  "types of a socket's properties": async (t) => {
    const socket = t.io("http://localhost:143", { autoConnect: false });
    for (const name of ["id", "connected", "disconnected", "active", "recovered", "auth", "sendBuffer", "receiveBuffer", "nsp"])
      t.log(name, socket[name]);
    for (const name of ["connect", "open", "disconnect", "close", "send", "emit", "emitWithAck", "compress", "timeout", "on", "once", "off"]) {
      t.log(name, typeof socket[name]);
    }
    for (const name of ["listeners", "hasListeners", "addEventListener", "removeListener", "removeEventListener", "removeAllListeners"]) {
      t.log(name, typeof socket[name]);
    }
    for (const name of [
      "onAny",
      "prependAny",
      "offAny",
      "listenersAny",
      "onAnyOutgoing",
      "prependAnyOutgoing",
      "offAnyOutgoing",
      "listenersAnyOutgoing",
    ]) {
      t.log(name, typeof socket[name]);
    }
  },
  "methods that return the socket": async (t) => {
    const socket = t.io("http://localhost:144", { autoConnect: false });
    const f = () => {};
    t.log(
      socket.emit("x") === socket,
      socket.send("x") === socket,
      socket.compress(true) === socket,
      socket.volatile === socket,
      socket.timeout(1) === socket,
    );
    t.log(socket.on("x", f) === socket, socket.once("x", f) === socket, socket.off("x", f) === socket, socket.disconnect() === socket);
    t.log(socket.onAny(f) === socket, socket.prependAny(f) === socket, socket.offAny(f) === socket);
    t.log(socket.onAnyOutgoing(f) === socket, socket.prependAnyOutgoing(f) === socket, socket.offAnyOutgoing(f) === socket);
  },
};
