// What a behaviour has to work with: the client, servers, and a log.

import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";

import { WebSocketServer } from "ws";

const peers = createRequire(join(import.meta.dirname, "../../../../server-testbed/peers/x.js"));
const { Server } = peers("socket.io-4");
/** The server of 2.x, and its client. */
const old = { server: peers("socket.io-2"), client: peers("socket.io-client-2") };

/** What a behaviour is run with, by generation. */
export const references = { 4: () => import("socket.io-client"), 2: async () => ({ io: old.client, Manager: old.client.Manager }) };

/** A value as text that does not depend on chance. */
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

/** What a server's sockets do. */
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

  /** Logs an event each time. */
  watch(emitter, label, ...events) {
    for (const event of events) emitter.on(event, (...args) => this.log(label, event, ...args));
  }

  next(emitter, event) {
    return new Promise((resolve) => emitter.once(event, (...args) => resolve(args)));
  }

  /** Emits `echo`, and logs what comes back. */
  async echoed(socket, ...args) {
    const answer = this.next(socket, "echo");
    socket.emit("echo", ...args);
    this.log(...(await answer));
  }

  /** Until what is under way in this turn has happened. */
  tick() {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** A socket.io 4.8.4 server, with `echo`, `ack` and whatever `serve` adds. */
  server(opts) {
    return this.#serve((http, opts) => new Server(http, opts), opts);
  }

  /** The same of socket.io 2.5.1. */
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

  /** A server that does what it is told: `request(req, res, body)` for HTTP, `connection(ws, req)` for WebSockets. */
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

  /** A raw server that lets a WebSocket in: `led(ws, greeting)`; what comes is logged if `logs`. */
  async led(led = () => {}, { logs = true, handshake = {} } = {}) {
    const greeting = { sid: "SID", upgrades: [], pingInterval: 25000, pingTimeout: 20000, maxPayload: 1e6, ...handshake };
    const server = await this.raw({
      connection: (ws, req) => {
        ws.send("0" + JSON.stringify(greeting));
        ws.on("message", (data, isBinary) => {
          const text = isBinary ? data : data.toString();
          if (logs) this.log("server got", text);
          if (text === "40" && greeting.grants !== false) ws.send('40{"sid":"ID"}');
          ws.emit("said", text);
          if (text === '42["end"]') this.#ended();
        });
        led(ws, req);
      },
    });
    return server;
  }

  /** Until the led server has heard all that was emitted before. */
  end(socket) {
    return new Promise((resolve) => {
      this.#ended = resolve;
      socket.emit("end");
    });
  }

  #ended = () => {};

  /** A port on which nobody listens. */
  async nowhere() {
    const { http, url } = await this.raw();
    await new Promise((resolve) => http.close(resolve));
    return url;
  }

  /** `io()` with a connection of its own, closed at the end. */
  socket(url, opts = {}) {
    const socket = this.io(url, { forceNew: true, ...opts });
    this.#clear.push(() => socket.disconnect());
    return socket;
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
