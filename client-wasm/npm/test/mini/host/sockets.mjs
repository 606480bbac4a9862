// `connectSocket` and its sister functions over real sockets, with the rules of a profile.

import { WebSocket } from "ws";

import { isListed } from "./domains.mjs";

const isBuffer = (value) => Object.prototype.toString.call(value) === "[object ArrayBuffer]";
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** One socket of the host. `on` has the listeners of its task, or those that are global. */
class HostSocket {
  readyState = 0;
  #host;
  #options;
  #on;
  #ws;
  /** The end that the host reports, in place of the real one. */
  #end;

  constructor(host, options, on) {
    this.#host = host;
    this.#options = options;
    this.#on = on;
  }

  open() {
    const { url, header, headers, protocols } = this.#options;
    this.#ws = new WebSocket(this.#host.resolve(url), protocols ?? [], { headers: { ...header, ...headers }, handshakeTimeout: 20_000 });
    this.#ws.binaryType = "arraybuffer";
    this.#ws.on("open", () => {
      if (this.readyState) return;
      this.readyState = 1;
      this.#tell("open", { header: this.#ws.protocol ? { "Sec-WebSocket-Protocol": this.#ws.protocol } : {} });
      const { closesOnOpen, failsLate } = this.#host.fault;
      if (failsLate) this.#host.deliver(() => this.#options.fail?.({ errMsg: "connectSocket:fail late" }));
      if (!closesOnOpen) return;
      this.isDeaf = true;
      this.#ws.terminate();
    });
    this.#ws.on("message", (data, isBinary) => {
      if (this.readyState === 1 && !this.isDeaf) this.#tell("message", this.#received(isBinary ? data : String(Buffer.from(data)), isBinary));
    });
    this.#ws.on("error", (error) => this.#fail(error));
    if (this.#host.fault.closesEarly) {
      this.#closed(1006, "");
      this.#ws.terminate();
    }
    this.#ws.on("close", (code, reason) => this.#closed(code, String(reason)));
  }

  send({ data, isBuffer: isMarked, success, fail }) {
    const { profile, refuse, deliver } = this.#host;
    const isText = typeof data === "string";
    if (this.#host.fault.sendThrows) throw new Error("sendSocketMessage: invoke failed");
    if (!isText && !isBuffer(data)) refuse("send: data is neither a string nor an ArrayBuffer");
    if (profile.bytes === "base64") {
      if (!isText) refuse("send: bytes are sent as base64 text");
      if (isMarked && !BASE64.test(data)) refuse("send: isBuffer with a text that is not base64");
    } else if (isMarked !== undefined) {
      refuse("send: isBuffer is unknown");
    }
    const { sendFails } = this.#host.fault;
    if (this.readyState !== 1 || sendFails) return deliver(() => fail?.({ errMsg: "sendSocketMessage:fail SocketTask.readyState is not OPEN" }));
    const frame = isText ? (isMarked ? Buffer.from(data, "base64") : data) : Buffer.from(data);
    this.#ws.send(frame, () => deliver(() => success?.({ errMsg: "sendSocketMessage:ok" })));
  }

  close({ code = 1000, reason = "" } = {}) {
    const { refuse, fault } = this.#host;
    if (code !== 1000 && !(code >= 3000 && code <= 4999)) refuse(`close: the code ${code} is invalid`);
    if (Buffer.byteLength(reason) > 123) refuse("close: the reason is longer than 123 bytes");
    if (this.readyState > 1) return;
    if (fault.closeThrows) {
      this.#ws.terminate();
      throw new Error("closeSocket: invoke failed");
    }
    if (this.readyState === 0) {
      // A host does not close a socket that is connecting: it opens, and a careless client leaks it.
      if (fault.ignoresEarlyClose) return;
      this.#end = { code: 1006, reason: "abnormal closure" };
      this.readyState = 2;
      this.#ws.terminate();
      return;
    }
    this.readyState = 2;
    this.#end = { code, reason: reason || "normal closure" };
    this.#ws.close(code, reason);
  }

  /** Tells a failure once more, in each way. */
  failAgain(failure) {
    this.#host.deliver(() => this.#options.fail?.(failure));
    this.#tell("error", failure);
    this.#tell("close", closeEvent(this.#host.profile, { code: 1006, reason: "" }));
  }

  /** The host ends the socket while the program is suspended. */
  interrupt() {
    this.#end = { code: 1000, reason: "interrupted" };
    this.isInterrupted = true;
    this.#ws.terminate();
  }

  #received(data, isBinary) {
    const { profile, fault } = this.#host;
    let message = { data };
    if (!isBinary && profile.dropsTrailingNul) message.data = data.replace(/\0$/, "");
    if (isBinary && fault.textForBytes) message.data = String.fromCharCode(...new Uint8Array(data));
    else if (profile.bytes === "base64") message = { data: isBinary ? Buffer.from(data).toString("base64") : data, isBuffer: isBinary };
    if (fault.junk) message = { data: 7 };
    if (fault.noMessage) return undefined;
    return profile.isNested ? { data: { ...message, socketTaskID: 1 } } : message;
  }

  #fail(error) {
    if (this.readyState === 1 || this.isEnded) return;
    this.#ended();
    const failure = { errMsg: `connectSocket:fail ${error.message}` };
    this.#host.deliver(() => this.#options.fail?.(failure));
    this.#tell("error", failure);
  }

  #closed(code, reason) {
    if (this.isEnded) return;
    this.#ended();
    const { profile, reportGlobalClose } = this.#host;
    const end = this.#end ?? { code, reason: code === 1006 ? "abnormal closure" : reason };
    if (this.isInterrupted && profile.backgroundEnd === "one global event") reportGlobalClose(end);
    else this.#tell("close", closeEvent(profile, end));
  }

  #ended() {
    this.isEnded = true;
    this.readyState = 3;
    this.#host.sockets.delete(this);
    if (this.#host.fault.speaksWhenDead) setImmediate(() => this.#speak());
  }

  /** Tells events of a socket that is dead, and calls its callbacks once more. */
  #speak() {
    const end = closeEvent(this.#host.profile, { code: 1006, reason: "again" });
    this.#tell("open", { header: {} });
    this.#tell("message", this.#received('42/lab,["echo","of the dead"]', false));
    this.#tell("error", { errMsg: "connectSocket:fail again" });
    this.#tell("close", end);
    this.#host.deliver(() => this.#options.success?.({}));
    this.#host.deliver(() => this.#options.fail?.({ errMsg: "connectSocket:fail again" }));
  }

  #tell(event, detail) {
    if (this.#host.fault.neverCallsBack) return;
    this.#host.deliver(() => [...this.#on[event]].forEach((listener) => listener(detail)));
  }
}

const closeEvent = ({ closeCode }, { code, reason }) =>
  closeCode === "nothing" ? { socketTaskID: 1 } : { code: closeCode === "text" ? String(code) : code, reason };

const listeners = () => ({ open: new Set(), message: new Set(), close: new Set(), error: new Set() });

const EVENTS = { open: "Open", message: "Message", close: "Close", error: "Error" };

/** Returns the functions of sockets of the global object. */
export function socketFunctions(host) {
  const { profile, refuse, deliver } = host;
  const global = listeners();
  let only;
  host.reportGlobalClose = (end) => {
    if (host.hasReportedClose) return;
    host.hasReportedClose = true;
    deliver(() => [...global.close].forEach((listener) => listener(end)));
  };

  const connectSocket = (options) => {
    const { url, protocols, success, fail, multiple } = options;
    if (host.fault.connectThrows) throw new Error("connectSocket: invoke failed");
    if (profile.requests === "wx" && multiple !== undefined) refuse("connectSocket: multiple is unknown");
    if (typeof url !== "string" || !/^wss?:\/\//.test(url)) refuse(`connectSocket: the url ${url} is not ws or wss`);
    if (protocols !== undefined && !Array.isArray(protocols)) refuse("connectSocket: protocols is not an array");
    if (Object.keys({ ...options.header, ...options.headers }).some((name) => name.toLowerCase() === "referer"))
      refuse("connectSocket: the header Referer is not allowed");
    const isGlobal = profile.sockets === "global" || (profile.sockets === "multiple" && !multiple);
    const on = isGlobal ? global : listeners();
    const socket = new HostSocket(host, options, on);
    host.opened++;
    const failure = "refuses" in host.fault ? host.fault.refuses : refusal(url, isGlobal);
    const isRefused = "refuses" in host.fault || failure;
    if (host.fault.neverCallsBack) return isGlobal ? undefined : task(socket, on);
    if (isRefused) {
      if (host.fault.failsAtOnce) fail?.(failure);
      else deliver(() => fail?.(failure));
      if (host.fault.failsTwice) socket.failAgain(failure);
    } else {
      host.sockets.add(socket);
      if (isGlobal) only = socket;
      deliver(() => success?.({ errMsg: "connectSocket:ok" }));
      socket.open();
    }
    return isGlobal ? undefined : task(socket, on);
  };

  /** Returns the failure of a socket that the host does not open now. */
  const refusal = (url, isGlobal) => {
    const failed = (text, { errno, error }) =>
      profile.requests === "my" ? { error, errorMessage: text } : { errMsg: `connectSocket:fail ${text}`, ...(errno && { errno }) };
    const max = isGlobal ? 1 : profile.maxSockets;
    if (host.mayNotConnect()) return failed("network api interrupted in suspend state", { error: 1 });
    if (host.isOffline) return failed("network is down", { error: 1 });
    if (!isListed(url, host.domains?.socket)) return failed("url not in domain list", { errno: 600002, error: 2 });
    if (host.sockets.size >= max) return failed(`fail reach max websocket connect count ${max}`, { error: 3 });
    host.mostSockets = Math.max(host.mostSockets, host.sockets.size + 1);
    return undefined;
  };

  const task = (socket, on) => {
    const result = { send: (options) => socket.send(options), close: (options) => socket.close(options) };
    for (const [event, name] of Object.entries(EVENTS)) result["on" + name] = (listener) => on[event].add(listener);
    if (profile.global === "tt") Object.defineProperty(result, "readyState", { get: () => socket.readyState });
    return result;
  };

  const functions = { connectSocket };
  for (const [event, name] of Object.entries(EVENTS)) functions["onSocket" + name] = (listener) => global[event].add(listener);
  const call = (name, options, run) => {
    if (only && !only.isEnded) run(only);
    else deliver(() => options.fail?.({ errMsg: `${name}:fail WebSocket is not connected` }));
  };
  functions.sendSocketMessage = (options) => call("sendSocketMessage", options, (socket) => socket.send(options));
  functions.closeSocket = (options) => call("closeSocket", options, (socket) => socket.close(options));
  return functions;
}
