/** Code for socket.io-client's types. It must compile, or fail to, with socket.io-client and with tidewire alike. */

import io, {
  connect,
  type DisconnectDescription,
  type ExtendedError,
  Fetch,
  Manager,
  type ManagerOptions,
  type ManagerReservedEvents,
  NodeWebSocket,
  NodeXHR,
  io as named,
  protocol,
  type Socket,
  type SocketOptions,
  type SocketReservedEvents,
  WebSocket,
  WebTransport,
  XHR,
} from "socket.io-client";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
declare function expectType<T>(value: T): void;
declare function expectSame<A, B>(same: Same<A, B>): void;

// ---- without typed events ----

export function untyped(): void {
  const socket = io("http://localhost", { auth: { token: "x" }, transports: ["websocket"], reconnectionDelay: 10 });
  expectType<Socket>(socket);
  expectType<Socket>(io());
  expectType<Socket>(io({ forceNew: true }));
  expectType<Socket>(named("/admin"));
  expectType<Socket>(connect("ws://localhost", { path: "/x" }));
  socket.on("anything", (a, b, c) => {
    expectType<any>(a);
    b.c.d(c);
  });
  socket.on("connect", () => {});
  socket.on("connect_error", (err) => {
    expectSame<typeof err, ExtendedError>(true);
    expectType<string>(err.message);
    expectType<any>(err.data);
  });
  socket.on("disconnect", (reason, description) => {
    expectSame<typeof reason, Socket.DisconnectReason>(true);
    expectSame<typeof description, DisconnectDescription | undefined>(true);
    if (reason === "io server disconnect") socket.connect();
    // @ts-expect-error
    if (reason === "no such reason") socket.connect();
  });
  socket
    .once("x", () => {})
    .off("x")
    .off()
    .removeListener("x", () => {})
    .removeAllListeners("x");
  socket
    .emit("x", 1, "2", { three: 3 }, () => {})
    .send(1)
    .compress(false)
    .emit("y");
  socket.volatile.emit("x");
  socket.timeout(10).emit("x", (err: Error, value: string) => [err, value]);
  expectType<Socket>(socket.timeout(10));
  expectType<Manager>(socket.timeout(10).io);
  expectType<Promise<any>>(socket.emitWithAck("x", 1));
  expectSame<typeof socket.id, string | undefined>(true);
  expectType<boolean>(socket.connected && socket.disconnected && socket.active && socket.recovered);
  expectType<number>(socket.sendBuffer.length + socket.receiveBuffer.length);
  socket.auth = { token: "y" };
  socket.auth = (cb) => cb({ token: "z" });
  socket
    .onAny((event, ...args) => [event, args])
    .prependAny(() => {})
    .offAny();
  socket
    .onAnyOutgoing((event, ...args) => [event, args])
    .prependAnyOutgoing(() => {})
    .offAnyOutgoing();
  expectType<((...args: any[]) => void)[]>(socket.listenersAny().concat(socket.listenersAnyOutgoing()));
  expectType<boolean>(socket.hasListeners("x"));
  expectType<number>(socket.listeners("x").length);
  expectType<Socket>(socket.open().close().connect().disconnect());
  // @ts-expect-error
  socket.nothing();
  expectType<number>(protocol);
}

// ---- the manager ----

export function managers(): void {
  const manager = new Manager("http://localhost", { autoConnect: false });
  new Manager({ query: { a: 1 } });
  new Manager();
  const socket = manager.socket("/x", { auth: { a: 1 }, retries: 3, ackTimeout: 10 });
  expectType<Socket>(socket);
  expectType<Manager>(socket.io);
  expectType<Manager>(manager.open((err) => err?.message).connect());
  expectType<boolean>(manager.reconnection());
  expectType<Manager>(manager.reconnection(false));
  expectType<number>(manager.reconnectionAttempts() + manager.reconnectionDelay() + manager.reconnectionDelayMax() + manager.randomizationFactor());
  expectType<number | boolean>(manager.timeout());
  expectType<Manager>(manager.reconnectionAttempts(1).reconnectionDelay(1).reconnectionDelayMax(1).randomizationFactor(1).timeout(false));
  manager.opts.query = { b: 2 };
  manager.opts.transports = ["polling", "websocket"];
  manager.on("open", () => {});
  manager.on("error", (err) => expectType<Error>(err));
  manager.on("ping", () => {});
  manager.on("packet", (packet) => expectType<string>(packet.nsp));
  manager.on("close", (reason, description) => {
    expectType<string>(reason);
    expectType<DisconnectDescription | undefined>(description);
  });
  manager.on("reconnect", (attempt) => expectType<number>(attempt));
  manager.on("reconnect_attempt", (attempt) => expectType<number>(attempt));
  manager.on("reconnect_error", (err) => expectType<Error>(err));
  manager.once("reconnect_failed", () => {});
  // @ts-expect-error
  manager.on("nothing", () => {});
  const { engine } = manager;
  expectType<string>(engine.transport.name);
  expectType<number>(engine.writeBuffer.length);
  expectType<string>(engine.binaryType);
  expectType<string>(engine.readyState as string);
  expectType<string | undefined>(engine.id);
  engine.once("upgrade", (transport) => expectType<string>(transport.name));
  engine.on("packet", ({ type, data }) => [type, data]);
  engine.on("packetCreate", ({ type, data }) => [type, data]);
  engine.on("drain", () => {});
  engine.on("close", (reason, description) => [reason, description]);
  engine.send("x");
  engine.close();
}

// ---- options ----

export function options(): void {
  const all: Partial<ManagerOptions & SocketOptions> = {
    forceNew: true,
    multiplex: false,
    path: "/x",
    reconnection: true,
    reconnectionAttempts: 1,
    reconnectionDelay: 1,
    reconnectionDelayMax: 1,
    randomizationFactor: 0.5,
    timeout: 1,
    autoConnect: false,
    parser: {},
    host: "h",
    hostname: "h",
    secure: true,
    port: "80",
    query: { a: "b" },
    agent: false,
    upgrade: false,
    forceBase64: true,
    timestampParam: "t",
    timestampRequests: true,
    transports: ["websocket", "polling", "webtransport"],
    tryAllTransports: true,
    rememberUpgrade: true,
    requestTimeout: 10,
    transportOptions: { polling: { extraHeaders: { a: "b" } } },
    rejectUnauthorized: false,
    extraHeaders: { a: "b" },
    withCredentials: true,
    closeOnBeforeunload: true,
    useNativeTimers: true,
    autoUnref: true,
    perMessageDeflate: { threshold: 1 },
    addTrailingSlash: false,
    protocols: ["a"],
    auth: { token: "a" },
    retries: 1,
    ackTimeout: 1,
  };
  io(all);
  io({ transports: [WebSocket] });
  io({ transports: [Fetch, NodeWebSocket] });
  io({ transports: [XHR, WebTransport, NodeXHR] });
  io({ transportImplementations: [Fetch] });
  // @ts-expect-error
  io({ reconnectionDelay: "1" });
  // @ts-expect-error
  io({ nothing: 1 });
  // @ts-expect-error
  io(1);
}

// ---- typed events ----

interface FromServer {
  noArg: () => void;
  basicEmit: (a: number, b: string, c: boolean) => void;
  withAck: (d: string, callback: (e: number) => void) => void;
}

interface ToServer {
  hello: (name: string) => void;
  ask: (question: string, answer: (text: string, sure: boolean) => void) => void;
  one: (question: string, answer: (text: string) => void) => void;
  plainAck: (done: () => void) => void;
}

export function typed(): void {
  const socket: Socket<FromServer, ToServer> = io();
  socket.on("noArg", () => {});
  socket.on("basicEmit", (a, b, c) => {
    expectSame<typeof a, number>(true);
    expectSame<typeof b, string>(true);
    expectSame<typeof c, boolean>(true);
  });
  socket.once("withAck", (d, callback) => {
    expectSame<typeof d, string>(true);
    callback(1);
    // @ts-expect-error
    callback("1");
  });
  // @ts-expect-error
  socket.on("hello", () => {});
  // @ts-expect-error
  socket.on("basicEmit", (a: string) => a);
  socket.on("connect", () => {});

  socket.emit("hello", "world");
  socket.emit("ask", "why", (text, sure) => {
    expectSame<typeof text, string>(true);
    expectSame<typeof sure, boolean>(true);
  });
  // @ts-expect-error
  socket.emit("hello");
  // @ts-expect-error
  socket.emit("hello", 1);
  // @ts-expect-error
  socket.emit("noArg");
  // @ts-expect-error
  socket.emit("nothing", 1);
  socket.volatile.emit("hello", "x");
  // @ts-expect-error
  socket.volatile.emit("hello", 1);

  socket.timeout(10).emit("ask", "why", (err, text, sure) => {
    expectSame<typeof err, Error>(true);
    expectSame<typeof text, string>(true);
    expectSame<typeof sure, boolean>(true);
  });
  expectSame<ReturnType<typeof asked>, Promise<string>>(true);
  function asked() {
    return socket.emitWithAck("one", "why");
  }
  // @ts-expect-error
  socket.emitWithAck("ask", 1);
  socket.emitWithAck("plainAck");
  // @ts-expect-error
  expectType<number>(socket.emitWithAck("one", "why"));

  socket.off("noArg").off("basicEmit", (a, b, c) => [a, b, c]);
  // @ts-expect-error
  socket.off("nothing");
  expectType<(() => void)[]>(socket.listeners("noArg"));
}

export function generic<L extends Record<string, (...args: any[]) => void>>(socket: Socket<L>): void {
  socket.on("connect", () => {});
  const plain: Socket = io();
  expectType<Socket<{ [event: string]: (...args: any[]) => void }>>(plain);
}

/** One map of events for both directions. */
export function symmetric(): void {
  const socket: Socket<ToServer> = io();
  socket.emit("hello", "x");
  socket.on("hello", (name) => expectSame<typeof name, string>(true));
}

/** A socket in the state of a framework. */
export class Service {
  private socket?: Socket<FromServer, ToServer>;
  private listeners = new Map<keyof FromServer, FromServer[keyof FromServer]>();

  connect(url: string, opts?: Partial<ManagerOptions & SocketOptions>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.socket = io(url, opts);
      this.socket.on("connect", () => resolve());
      this.socket.on("connect_error", (err: Error) => reject(err));
      this.listeners.clear();
    });
  }
}

export type Reserved = keyof SocketReservedEvents | keyof ManagerReservedEvents;
