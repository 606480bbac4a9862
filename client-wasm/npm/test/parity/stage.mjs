// The stage of a behaviour: the client, servers, and the log.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { WebSocketServer } from "ws";

const peers = createRequire(join(import.meta.dirname, "../../../../server-testbed/peers/x.js"));
const { Server } = peers("socket.io-4");
/** The 2.x server and its client. */
const old = { server: peers("socket.io-2"), client: peers("socket.io-client-2") };

/** The reference clients, by major version of Socket.IO. */
export const references = { 4: () => import("socket.io-client"), 2: async () => ({ io: old.client, Manager: old.client.Manager }) };

/** Formats a value as text that is equal in each run. */
export function shown(value, deep = 0) {
  if (typeof value === "string") return deep ? JSON.stringify(value) : value;
  if (value instanceof Error) {
    const more = Object.keys(value)
      .filter((key) => !["description", "context", "stack"].includes(key))
      .map((key) => ` ${key}=${shown(value[key], 1)}`);
    const described =
      "description" in value ? ` description:${typeof value.description === "number" ? value.description : typeof value.description}` : "";
    return `${value.name}(${value.message})${more.join("")}${described}`;
  }
  if (Buffer.isBuffer(value)) return `<Buffer ${value.toString("hex")}>`;
  if (value instanceof ArrayBuffer) return `<ArrayBuffer ${Buffer.from(value).toString("hex")}>`;
  if (typeof value === "function") return "[function]";
  if (Array.isArray(value)) return deep > 4 ? "[...]" : `[${value.map((item) => shown(item, deep + 1)).join(", ")}]`;
  if (value && typeof value === "object" && deep < 4) {
    if (value.constructor && !["Object", "Date"].includes(value.constructor.name)) return `[${value.constructor.name.replace(/^_/, "")}]`;
    return `{${Object.keys(value)
      .map((key) => `${key}: ${shown(value[key], deep + 1)}`)
      .join(", ")}}`;
  }
  return String(value);
}

/** Adds the handlers of the test server to a socket. */
export function lab(socket) {
  socket.on("echo", (...args) => {
    const last = args[args.length - 1];
    if (typeof last === "function") last(...args.slice(0, -1));
    else socket.emit("echo", ...args);
  });
  socket.on("ask", () => socket.emit("question", 1, (...args) => socket.emit("answered", ...args)));
  socket.on("silent", () => {});
  socket.on("kick", () => socket.disconnect());
  socket.on("drop", () => socket.conn.close());
}

export class Stage {
  lines = [];
  #clear = [];

  constructor(lib) {
    this.lib = lib;
    Object.assign(this, { io: lib.io, Manager: lib.Manager });
  }

  log(...values) {
    this.lines.push(
      values
        .map((value) => shown(value))
        .join(" ")
        .replace(/(127\.0\.0\.1|localhost):\d+/g, "$1:PORT"),
    );
  }

  /** Logs events of an emitter. */
  watch(emitter, label, ...events) {
    for (const event of events) emitter.on(event, (...args) => this.log(label, event, ...args));
  }

  next(emitter, event) {
    return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  }

  /** Emits `echo` and logs the reply of the server. */
  async echoed(socket, ...args) {
    const answer = this.next(socket, "echo");
    socket.emit("echo", ...args);
    this.log(...(await answer));
  }

  /** Waits for the end of this turn. */
  tick() {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Waits for turns of the event loop, of at least a millisecond each, in which the client and the server, both of this process, do all that
   * they will. A time alone can pass on a busy machine before either of them had its turn.
   */
  async turns(count) {
    for (let turn = 0; turn < count; turn++) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** Starts a socket.io 4.8.4 server with the handlers of `lab` and of `serve`. */
  server(opts) {
    return this.#serve((http, opts) => new Server(http, opts), opts);
  }

  /** Starts a socket.io 2.5.1 server. */
  oldServer(opts) {
    return this.#serve(old.server, opts);
  }

  async #serve(make, { serve, ...opts } = {}) {
    const http = createServer();
    const server = make(http, { pingInterval: 25000, ...opts });
    server.on("connection", (socket) => lab(socket));
    if (serve) serve(server);
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    const sockets = new Set();
    http.on("connection", (socket) => sockets.add(socket) && socket.on("close", () => sockets.delete(socket)));
    const { port } = http.address();
    const close = () =>
      new Promise((resolve) => {
        server.close(resolve);
        sockets.forEach((socket) => socket.destroy());
      });
    this.#clear.push(close);
    return { server, http, port, url: `http://127.0.0.1:${port}`, close, sever: () => sockets.forEach((socket) => socket.destroy()) };
  }

  /** Starts a raw server: `request(req, res, body)` handles HTTP, `connection(ws, req)` WebSockets. */
  async raw({ request = (_, res) => res.writeHead(400).end(), connection = (ws) => ws.close() } = {}) {
    const http = createServer((req, res) => {
      let body = "";
      req.on("data", (part) => (body += part));
      req.on("end", () => request(req, res, body));
    });
    new WebSocketServer({ server: http }).on("connection", (ws, req) => {
      ws.on("error", () => {});
      connection(ws, req);
    });
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    this.#clear.push(() => {
      http.close();
      http.closeAllConnections();
    });
    const { port } = http.address();
    return { http, port, url: `http://127.0.0.1:${port}` };
  }

  /** Starts a raw server that accepts WebSockets and sends a handshake; `run(ws, req)` continues. Logs received packets if `logs`. */
  async scripted(run = () => {}, { logs = true, handshake = {} } = {}) {
    const opening = { sid: "SID", upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1e6, ...handshake };
    const server = await this.raw({
      connection: (ws, req) => {
        ws.send("0" + JSON.stringify(opening));
        ws.on("message", (data, isBinary) => {
          const text = isBinary ? data : data.toString();
          if (logs) this.log("server got", text);
          if (text === "40" && opening.grants !== false) ws.send('40{"sid":"ID"}');
          ws.emit("packet", text);
          if (text === '42["end"]') this.#ended();
        });
        run(ws, req);
      },
    });
    return server;
  }

  /** Waits until the scripted server received everything emitted before. */
  end(socket) {
    return new Promise((resolve) => {
      this.#ended = resolve;
      socket.emit("end");
    });
  }

  #ended = () => {};

  /** Returns the URL of a closed port. */
  async unreachable() {
    const { http, url } = await this.raw();
    await new Promise((resolve) => http.close(resolve));
    return url;
  }

  /** Calls `io()` with a new connection, which is closed after the behaviour. */
  socket(url, opts = {}) {
    const socket = this.io(url, { forceNew: true, ...opts });
    this.#clear.push(() => socket.disconnect());
    return socket;
  }

  /** Logs what listeners of the engine hear of a binary event, over each transport and with each type of binary data. */
  async hearBinary(url) {
    for (const [transport, forceBase64, binaryType] of [
      ["websocket", false, "nodebuffer"],
      ["websocket", true, "nodebuffer"],
      ["websocket", false, "arraybuffer"],
      ["polling", false, "nodebuffer"],
      ["polling", true, "arraybuffer"],
    ]) {
      const socket = this.socket(url, { transports: [transport], forceBase64 });
      await this.next(socket, "connect");
      const { engine } = socket.io;
      engine.binaryType = binaryType;
      const log = (event, data, packet) => data && typeof data === "object" && this.log(transport, forceBase64, event, packet);
      engine.on("packet", (packet) => log("packet", packet.data, packet));
      for (const event of ["data", "message"]) engine.on(event, (data) => log(event, data, data));
      socket.emit("echo", Buffer.from([1, 2, 3]));
      await this.next(socket, "echo");
      await this.tick();
    }
  }

  manager(url, opts = {}) {
    const manager = new this.Manager(url, opts);
    this.#clear.push(() => (manager._close ? manager._close() : manager.close()));
    return manager;
  }

  defer(clear) {
    this.#clear.push(clear);
  }

  async clear() {
    const { lines } = this;
    this.lines = [];
    for (const clear of this.#clear) await clear();
    await this.tick();
    this.lines = lines;
  }
}
