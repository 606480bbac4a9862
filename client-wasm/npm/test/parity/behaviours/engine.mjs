// `socket.io.engine`, transports and requests.

const keys = (req) =>
  [...new URL(req.url, "http://x").searchParams].map(([key, value]) => (["t", "ts", "sid"].includes(key) ? key : `${key}=${value}`)).join("&");
const GREETING = '0{"sid":"S","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":100}';

/** Starts a raw server that logs requests and holds back every poll but the first. */
const logged = (t, headers = []) => {
  let held;
  let joined = false;
  let answered = false;
  return t.raw({
    request: (req, res, body) => {
      t.log(req.method, new URL(req.url, "http://x").pathname, keys(req), body, ...headers.map((name) => `${name}: ${req.headers[name]}`));
      if (req.method === "POST") {
        joined = true;
        res.end("ok");
      } else if (req.url.includes("sid=")) {
        held = res;
      }
      if (joined && held && !answered) {
        answered = true;
        held.end('40{"sid":"ID"}');
      }
      if (!req.url.includes("sid=")) return res.writeHead(200, { "set-cookie": ["a=b; Path=/", "c=d"] }).end(GREETING);
    },
    connection: (ws, req) => {
      t.log("WS", new URL(req.url, "http://x").pathname, keys(req), ...headers.map((name) => `${name}: ${req.headers[name]}`));
      ws.send(GREETING);
      ws.on("message", () => ws.send('40{"sid":"ID"}'));
    },
  });
};

const joined = async (t, url, opts) => {
  const socket = t.socket(url, opts);
  await t.next(socket, "connect");
  await t.tick();
  // A GET and a POST arrive in any order.
  t.lines.sort();
  return socket;
};

export default {
  "unknown transports are skipped": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["websockets", "websocket"] });
    await t.next(socket, "connect");
    t.log(socket.io.engine.transport.name);
    for (const transports of [["websockets"], []]) t.log(...(await t.next(t.socket(url, { transports, reconnection: false }), "connect_error")));
  },
  "the query of each transport": async (t) => {
    const { url } = await t.server();
    for (const transports of [["websocket"], ["polling"], ["polling", "websocket"]]) {
      const socket = t.socket(url, { transports, query: { a: 1 }, forceNew: true });
      const { engine } = socket.io;
      const tell = ({ query: { EIO, transport, sid, a } }) => t.log(`${EIO} ${transport} ${sid && sid === engine.id} ${a}`);
      tell(engine.transport);
      // The upgrade may end before or after the namespace is connected.
      const last = transports.length === 2 ? new Promise((resolve) => engine.once("upgrade", resolve)) : t.next(socket, "connect");
      await last;
      tell(engine.transport);
      socket.disconnect();
    }
  },
  "listeners of the engine hear binary data": async (t) => t.hearBinary((await t.server()).url),
  "packetCreate over polling has the compression of the event": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url, { transports: ["polling"] });
    await t.next(socket, "connect");
    socket.io.engine.on("packetCreate", ({ data, options }) => t.log(data, options));
    socket.compress(false).emit("a");
    socket.emit("b");
    socket.compress(false).emit("c", Buffer.from([1]));
    await new Promise((resolve) => socket.emit("echo", resolve));
  },
  "a refusal that is a string": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text === "40" && ws.send('44"no"')), { handshake: { grants: false } });
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket, "socket", "connect_error", "disconnect");
    await t.next(socket, "connect_error");
  },
  "requests of polling": async (t) => {
    const { url } = await logged(t, ["accept", "content-type"]);
    await joined(t, url, { transports: ["polling"] });
  },
  "the request of a WebSocket": async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["websocket"] });
  },
  timestampRequests: async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["websocket"], timestampRequests: true, timestampParam: "ts", query: { x: 1 } }).catch(() => {});
  },
  "timestampRequests: false": async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["polling"], timestampRequests: false });
  },
  query: async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["polling"], query: { a: "b c", "d&": "é", n: 1, u: undefined, t: true } });
  },
  "query as a string": async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["websocket"], query: "a=b&c=d%20e" });
  },
  "query of the URL": async (t) => {
    const { url } = await logged(t);
    await joined(t, url + "/?x=y&z", { transports: ["websocket"] });
  },
  path: async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["websocket"], path: "/my/path/" });
  },
  "addTrailingSlash: false": async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["websocket"], addTrailingSlash: false });
  },
  extraHeaders: async (t) => {
    const { url } = await logged(t, ["x-a"]);
    await joined(t, url, { transports: ["polling"], extraHeaders: { "X-A": "b" } });
  },
  "extraHeaders of a WebSocket": async (t) => {
    const { url } = await logged(t, ["x-a"]);
    await joined(t, url, { transports: ["websocket"], extraHeaders: { "X-A": "b" } });
  },
  transportOptions: async (t) => {
    const { url } = await logged(t, ["x-a"]);
    await joined(t, url, {
      transports: ["polling"],
      transportOptions: { polling: { extraHeaders: { "X-A": "of polling" } }, websocket: { extraHeaders: { "X-A": "no" } } },
    });
  },
  protocols: async (t) => {
    const { url } = await logged(t, ["sec-websocket-protocol"]);
    await joined(t, url, { transports: ["websocket"], protocols: ["p"] });
  },
  "cookies are kept with withCredentials": async (t) => {
    const { url } = await logged(t, ["cookie"]);
    await joined(t, url, { transports: ["polling"], withCredentials: true });
  },
  "cookies are not kept without": async (t) => {
    const { url } = await logged(t, ["cookie"]);
    await joined(t, url, { transports: ["polling"] });
  },
  "b64 with forceBase64": async (t) => {
    const { url } = await logged(t);
    await joined(t, url, { transports: ["polling"], forceBase64: true });
    await joined(t, url, { transports: ["websocket"], forceBase64: true });
  },
  "a transport by its class": async (t) => {
    const { url } = await t.server();
    const socket = await joined(t, url, { transports: [t.lib.NodeWebSocket] });
    t.log(socket.io.engine.transport.name);
  },
  "transports by their classes": async (t) => {
    const { url } = await t.server();
    const socket = await joined(t, url, { transportImplementations: [t.lib.NodeXHR] });
    t.log(socket.io.engine.transport.name);
  },
  "polling by fetch": async (t) => {
    const { url } = await t.server();
    const socket = await joined(t, url, { transports: [t.lib.Fetch] });
    t.log(socket.io.engine.transport.name, await socket.emitWithAck("echo", "é", Buffer.from([1])));
  },
  "polling by fetch, unreachable server": async (t) => {
    const socket = t.socket(await t.unreachable(), { transports: [t.lib.Fetch], reconnection: false });
    t.log(...(await t.next(socket, "connect_error")));
  },
  "polling by fetch, refused": async (t) => {
    const { url } = await t.raw();
    const socket = t.socket(url, { transports: [t.lib.Fetch], reconnection: false });
    t.log(...(await t.next(socket, "connect_error")));
  },
  upgrade: async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    const { engine } = socket.io;
    engine.on("upgrading", (transport) => t.log("upgrading", transport.name, engine.transport.name));
    engine.on("upgrade", (transport) => t.log("upgrade", transport.name, engine.transport.name));
    await t.next(engine, "upgrade");
    t.log(engine.readyState, await socket.emitWithAck("echo", 1));
  },
  "upgrade: false": async (t) => {
    const { url } = await t.server();
    const socket = await joined(t, url, { upgrade: false });
    t.log(await socket.emitWithAck("echo", 1), socket.io.engine.transport.name);
  },
  "an upgrade that fails": async (t) => {
    const { url } = await t.raw({
      request: (req, res) => {
        if (req.method === "POST") return res.end("ok");
        if (!req.url.includes("sid=")) res.end(GREETING.replace("[]", '["websocket"]') + '\x1e40{"sid":"ID"}');
      },
      connection: (ws) => ws.terminate(),
    });
    const socket = t.socket(url);
    const [error] = await t.next(socket.io.engine, "upgradeError");
    t.log(error.message, error.transport, socket.io.engine.transport.name);
  },
  "an upgrade with a wrong probe response": async (t) => {
    const { url } = await t.raw({
      request: (req, res) => {
        if (req.method === "POST") return res.end("ok");
        if (!req.url.includes("sid=")) res.end(GREETING.replace("[]", '["websocket"]') + '\x1e40{"sid":"ID"}');
      },
      connection: (ws) => ws.on("message", () => ws.send("3nonsense")),
    });
    const socket = t.socket(url);
    const [error] = await t.next(socket.io.engine, "upgradeError");
    t.log(error.message, error.transport, socket.io.engine.transport.name);
  },
  tryAllTransports: async (t) => {
    const { url } = await t.raw({ connection: (ws) => (ws.send(GREETING) && 0) || ws.on("message", () => ws.send('40{"sid":"ID"}')) });
    const socket = await joined(t, url, { tryAllTransports: true });
    t.log(socket.io.engine.transport.name);
  },
  "only the first transport is tried": async (t) => {
    const { url } = await t.raw({ connection: (ws) => ws.send(GREETING) });
    const socket = t.socket(url, { reconnection: false });
    t.log(...(await t.next(socket, "connect_error")));
  },
  "errors of polling": async (t) => {
    for (const status of [400, 404, 500, 301]) {
      const { url } = await t.raw({ request: (_, res) => res.writeHead(status).end("x") });
      t.log(...(await t.next(t.socket(url, { reconnection: false }), "connect_error")));
    }
  },
  "errors of a WebSocket": async (t) => {
    const { http, url } = await t.raw();
    http.removeAllListeners("upgrade");
    http.on("upgrade", (_, socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
    t.log(...(await t.next(t.socket(url, { reconnection: false, transports: ["websocket"] }), "connect_error")));
    t.log(...(await t.next(t.socket(await t.unreachable(), { reconnection: false, transports: ["websocket"] }), "connect_error")));
  },
  "a response without a handshake": async (t) => {
    const { url } = await t.raw({ request: (_, res) => res.end("<html>") });
    const [error] = await t.next(t.socket(url, { reconnection: false, transports: ["polling"] }), "connect_error");
    t.log(error.message, error.code);
  },
  "a post that fails": async (t) => {
    const { url } = await t.raw({
      request: (req, res) => {
        if (req.method === "POST") return res.writeHead(413).end();
        if (!req.url.includes("sid=")) res.end(GREETING);
      },
    });
    const socket = t.socket(url, { transports: ["polling"], reconnection: false });
    t.watch(socket.io, "manager", "open", "error", "close");
    t.watch(socket, "socket", "connect_error", "disconnect");
    await t.next(socket.io, "close");
  },
  "a poll that fails": async (t) => {
    const { url } = await t.raw({
      request: (req, res) => {
        if (req.method === "POST") return res.end("ok");
        if (!req.url.includes("sid=")) res.end(GREETING + '\x1e40{"sid":"ID"}');
        else res.writeHead(503).end();
      },
    });
    const socket = t.socket(url, { transports: ["polling"], reconnection: false });
    t.watch(socket.io, "manager", "error", "close");
    t.watch(socket, "socket", "connect", "connect_error", "disconnect");
    await t.next(socket, "disconnect");
    await t.tick();
  },
  requestTimeout: async (t) => {
    const { url } = await t.raw({ request: () => {} });
    t.log(...(await t.next(t.socket(url, { transports: ["polling"], requestTimeout: 30, reconnection: false }), "connect_error")));
  },
  "malformed packets": async (t) => {
    for (const frame of ['42["connect"]', "42{}", '42["a"', "42[]", "42[{}]", "42null", '43{"a":1}', "44[]", "41[]"]) {
      const { url } = await t.scripted((ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => ws.send(frame))), { logs: false });
      const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
      t.log(frame, ...(await t.next(socket, "disconnect")));
    }
  },
  "a packet of an unknown type": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => ws.send("49"))), { logs: false });
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.log(...(await t.next(socket, "disconnect")));
  },
  "more than ten attachments": async (t) => {
    const socket = await joined(t, (await t.server()).url, { transports: ["websocket"], reconnection: false });
    const data = Array.from({ length: 11 }, (_, i) => Buffer.from([i]));
    const frames = [`4511-["many",${data.map((_, num) => `{"_placeholder":true,"num":${num}}`)}]`, ...data];
    const { url } = await t.scripted(
      (ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => frames.forEach((frame) => ws.send(frame)))),
      {
        logs: false,
      },
    );
    const other = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.watch(other, "socket", "many", "disconnect");
    await Promise.race([t.next(other, "many"), t.next(other, "disconnect")]);
    t.log(socket.connected);
  },
  "CONNECT again": async (t) => {
    const { url } = await t.scripted(
      (ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => ['40{"sid":"OTHER"}', '42["end"]'].forEach((frame) => ws.send(frame)))),
      { logs: false },
    );
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket, "socket", "connect");
    await t.next(socket, "end");
    t.log(socket.id);
  },
  "unexpected binary data": async (t) => {
    const { url } = await t.scripted((ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => ws.send(Buffer.from([1])))), {
      logs: false,
    });
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.log(...(await t.next(socket, "disconnect")));
  },
  "text instead of binary data": async (t) => {
    const frames = ['451-["a",{"_placeholder":true,"num":0}]', '42["b"]'];
    const { url } = await t.scripted(
      (ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => frames.forEach((frame) => ws.send(frame)))),
      {
        logs: false,
      },
    );
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.log(...(await t.next(socket, "disconnect")));
  },
  "placeholders without an attachment": async (t) => {
    const { url } = await t.scripted(
      (ws) =>
        ws.on(
          "packet",
          (text) =>
            text === "40" && setImmediate(() => [`451-["a",{"_placeholder":true,"num":1}]`, Buffer.from([1])].forEach((frame) => ws.send(frame))),
        ),
      { logs: false },
    );
    const socket = t.socket(url, { transports: ["websocket"], reconnection: false });
    t.log(...(await t.next(socket, "disconnect")));
  },
  properties: async (t) => {
    const { url } = await t.server();
    const { engine } = (await joined(t, url, { transports: ["websocket"] })).io;
    t.log(
      typeof engine.id,
      engine.readyState,
      engine.binaryType,
      engine.transport.name,
      engine.writeBuffer.length,
      engine.hostname,
      typeof engine.port,
      engine.secure,
    );
    t.log(engine.constructor.protocol, engine.constructor.priorWebsocketSuccess);
    for (const name of ["send", "write", "close", "on", "once", "off"]) t.log(name, typeof engine[name]);
  },
  "received packets": async (t) => {
    const { url } = await t.scripted(
      (ws) =>
        ws.on(
          "packet",
          (text) =>
            text === "40" &&
            setImmediate(() =>
              [`451-["a",{"_placeholder":true,"num":0}]`, Buffer.from([1]), "2", "6", '42["end"]'].forEach((frame) => ws.send(frame)),
            ),
        ),
      { logs: false },
    );
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket.io.engine, "engine", "packet", "heartbeat", "data", "message", "ping", "pong");
    await t.next(socket, "end");
  },
  "sent packets": async (t) => {
    const { url } = await t.scripted(undefined, { logs: false });
    const socket = await joined(t, url, { transports: ["websocket"] });
    t.watch(socket.io.engine, "engine", "packetCreate", "flush", "drain");
    socket.emit("a", 1);
    await t.tick();
    socket.compress(false).emit("b", Buffer.from([1]));
    await t.tick();
  },
  "packets at the end of a session": async (t) => {
    for (const transport of ["polling", "websocket"]) {
      const { url } = await t.server();
      const socket = await joined(t, url, { transports: [transport] });
      t.watch(socket.io.engine, transport, "packetCreate", "packet", "heartbeat", "close");
      socket.emit("kick");
      await t.next(socket.io.engine, "close");
      await t.turns(20);
    }
  },
  "packets of a heartbeat on polling": async (t) => {
    const { url } = await t.server({ pingInterval: 20 });
    const socket = await joined(t, url, { transports: ["polling"] });
    const { engine } = socket.io;
    const beats = new Set();
    for (const event of ["packetCreate", "packet"]) engine.on(event, ({ type, data }) => beats.add(`${event} ${type} ${data}`));
    await t.next(engine, "pong");
    await t.next(engine, "pong");
    t.log([...beats].sort());
  },
  "packets of an upgrade": async (t) => {
    const { url } = await t.server();
    const socket = t.socket(url);
    const { engine } = socket.io;
    const sent = [];
    engine.on("packetCreate", ({ type, data }) => sent.push(`${type} ${data}`));
    await t.next(engine, "upgrade");
    t.log(sent, await socket.emitWithAck("echo", 1));
  },
  "rememberUpgrade in another manager": async (t) => {
    const { url } = await t.server();
    const options = { transports: ["polling", "websocket"], forceNew: true };
    const first = t.socket(url, options);
    t.log(first.io.engine.transport.name);
    await t.next(first.io.engine, "upgrade");
    t.log(t.socket(url, options).disconnect().io.engine.transport.name);
    const second = t.socket(url, { ...options, rememberUpgrade: true });
    t.log(second.io.engine.transport.name);
    await t.next(second, "connect");
    const blocked = await t.raw({ request: (_, res) => res.end(GREETING) });
    blocked.http.removeAllListeners("upgrade");
    blocked.http.on("upgrade", (_, socket) => socket.end("HTTP/1.1 503 Service Unavailable\r\n\r\n"));
    const third = t.socket(blocked.url, { ...options, rememberUpgrade: true, reconnectionDelay: 10 });
    t.log(third.io.engine.transport.name, ...(await t.next(third, "connect_error")));
    await t.next(third.io, "open");
    t.log(third.io.engine.transport.name);
  },
  "engine.send": async (t) => {
    const { url } = await t.scripted();
    const socket = await joined(t, url, { transports: ["websocket"] });
    await new Promise((resolve) => t.log(socket.io.engine.send("raw", {}, resolve) === socket.io.engine));
    t.log("flushed");
    await t.end(socket);
  },
  "packets of the manager": async (t) => {
    const { url } = await t.scripted(
      (ws) => ws.on("packet", (text) => text === "40" && setImmediate(() => ['42["a",1]', '425["b"]', "41"].forEach((frame) => ws.send(frame)))),
      { logs: false },
    );
    const socket = t.socket(url, { transports: ["websocket"] });
    t.watch(socket.io, "manager", "packet");
    await t.next(socket, "disconnect");
  },
  "a custom parser": async (t) => {
    const { default: parser } = await import("socket.io-msgpack-parser");
    const { url } = await t.server({ parser });
    const socket = await joined(t, url, { parser, transports: ["websocket"], auth: { a: 1 } });
    t.log(await socket.emitWithAck("echo", { a: [1, "é", null] }), await socket.emitWithAck("echo", Buffer.from([1, 2])));
    socket.on("echo", (...args) => t.log("echo", ...args));
    socket.emit("echo", 1, { deep: new Uint8Array([3]) });
    await socket.emitWithAck("echo", 0);
    socket.on("question", (n, answer) => answer(n + 1, { deep: Buffer.from([4]) }));
    const answered = t.next(socket, "answered");
    socket.emit("ask");
    t.log("answered", ...(await answered));
    socket.disconnect();
    t.log(socket.connected);
  },
  "a custom parser on polling": async (t) => {
    const { default: parser } = await import("socket.io-msgpack-parser");
    const { url, server } = await t.server({ parser });
    server.of("/x").use((_, next) => next(Object.assign(new Error("no"), { data: { d: 1 } })));
    const socket = await joined(t, url, { parser, transports: ["polling"] });
    t.log(await socket.emitWithAck("echo", { a: [1, "é", null] }));
    const [error] = await t.next(t.socket(url + "/x", { parser, transports: ["polling"] }), "connect_error");
    t.log(error, error.data);
  },
  "a custom parser that cannot encode": async (t) => {
    const { default: parser } = await import("socket.io-msgpack-parser");
    const { url } = await t.server({ parser });
    const socket = await joined(t, url, { parser, transports: ["polling"] });
    socket.on("echo", (...args) => t.log("echo", ...args));
    const round = {};
    round.round = round;
    const value = { a: 1 };
    // A request is pending when the next event is emitted.
    socket.emit("echo", "first");
    for (const ack of [[], [() => t.log("never")]]) {
      try {
        socket.emit("echo", round, ...ack);
      } catch (error) {
        t.log("thrown", error);
      }
    }
    socket.emit("echo", value);
    const answer = socket.emitWithAck("echo", value);
    value.a = 2;
    t.log("answer", await answer);
  },
};
