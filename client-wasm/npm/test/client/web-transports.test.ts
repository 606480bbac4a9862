/** Sockets and requests of browsers, on a platform played by the test. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";

import type { TransportError, TransportEvents } from "../../src/transport.js";
import { Fetch, sendData, WebSocket, XHR } from "../../src/web-transports.js";

/** A global of the platform's, for one test. */
function pretend(t: TestContext, name: string, value: unknown): void {
  const before = Object.getOwnPropertyDescriptor(globalThis, name);
  Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
  t.after(() => (before ? Object.defineProperty(globalThis, name, before) : delete (globalThis as any)[name]));
}

/** What a carrier tells. */
function listener(): TransportEvents & { told: unknown[][] } {
  const told: unknown[][] = [];
  return {
    told,
    opened: () => told.push(["opened"]),
    received: (data) => told.push(["received", data]),
    lost: (error, details) => told.push(["lost", error, details]),
  };
}

class FakeXhr {
  static last: FakeXhr;
  headers: Record<string, string> = {};
  opened: unknown[] = [];
  sent: unknown;
  aborted = false;
  readyState = 0;
  status = 0;
  responseText = "";
  response: ArrayBuffer | undefined;
  responseType = "";
  withCredentials = false;
  timeout = 0;
  onreadystatechange: (() => void) | null = null;
  constructor() {
    FakeXhr.last = this;
  }
  open(...args: unknown[]) {
    this.opened = args;
  }
  setRequestHeader(name: string, value: string) {
    this.headers[name] = value;
  }
  getResponseHeader() {
    return this.responseType && "application/octet-stream";
  }
  send(body: unknown) {
    this.sent = body;
  }
  abort() {
    this.aborted = true;
  }
  end(status: number, text = "", bytes?: ArrayBuffer) {
    Object.assign(this, { status, responseText: text, response: bytes, readyState: 4 });
    if (this.onreadystatechange) this.onreadystatechange();
  }
}

test("XHR: a poll and a post", (t) => {
  pretend(t, "XMLHttpRequest", FakeXhr);
  const on = listener();
  new XHR("http://h/", { extraHeaders: { "X-A": "b" }, withCredentials: true, requestTimeout: 5 }, on);
  const { headers, opened, withCredentials, timeout, sent } = FakeXhr.last;
  assert.deepEqual(
    [headers, opened, withCredentials, timeout, sent],
    [{ "X-A": "b", Accept: "*/*" }, ["GET", "http://h/", true], true, 5, undefined],
  );
  FakeXhr.last.end(200, "4a");
  new XHR("http://h/", {}, on, "4b");
  assert.deepEqual([FakeXhr.last.opened[0], FakeXhr.last.headers["Content-type"], FakeXhr.last.sent], ["POST", "text/plain;charset=UTF-8", "4b"]);
  FakeXhr.last.end(200, "ok");
  assert.deepEqual(on.told, [
    ["received", "4a"],
    ["received", "ok"],
  ]);
});

test("XHR: bytes, where such may come", (t) => {
  pretend(t, "XMLHttpRequest", FakeXhr);
  const on = listener();
  new XHR("http://h/", { _supportsBinary: true }, on);
  const bytes = Uint8Array.of(0, 1).buffer;
  FakeXhr.last.end(200, "", bytes);
  assert.deepEqual(on.told, [["received", bytes]]);
});

test("XHR: what fails, and what is given up", (t) => {
  pretend(t, "XMLHttpRequest", FakeXhr);
  const on = listener();
  new XHR("http://h/", {}, on);
  FakeXhr.last.end(503);
  new XHR("http://h/", {}, on, "4");
  FakeXhr.last.end(0);
  const summary = on.told.map(([kind, error]) => [kind, (error as TransportError).message, (error as TransportError).description]);
  assert.deepEqual(summary, [
    ["lost", "xhr poll error", 503],
    ["lost", "xhr post error", 0],
  ]);
  const late = listener();
  const xhr = new XHR("http://h/", {}, late);
  xhr.close();
  FakeXhr.last.end(200, "late");
  assert.deepEqual([late.told, FakeXhr.last.aborted], [[], true]);
});

test("XHR: what the platform refuses is told later", async (t) => {
  pretend(
    t,
    "XMLHttpRequest",
    class extends FakeXhr {
      override send() {
        throw new Error("refused");
      }
    },
  );
  const on = listener();
  new XHR("http://h/", {}, on);
  assert.deepEqual(on.told, []);
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal((on.told as unknown as [string, Error][])[0]?.[1].message, "xhr poll error");
});

test("fetch: an answer, an error, an end", async (t) => {
  const asked: unknown[][] = [];
  const answers: unknown[] = [new Response("4a"), new Response("no", { status: 400 }), new TypeError("no network")];
  pretend(t, "fetch", async (uri: string, init: RequestInit) => {
    asked.push([uri, init.method, init.body, init.credentials]);
    const answer = answers.shift();
    if (answer instanceof Response) return answer;
    throw answer;
  });
  const on = listener();
  new Fetch("http://h/", {}, on);
  await new Promise((resolve) => setTimeout(resolve, 5));
  new Fetch("http://h/", { withCredentials: true }, on, "4b");
  new Fetch("http://h/", {}, on);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(asked, [
    ["http://h/", "GET", null, "omit"],
    ["http://h/", "POST", "4b", "include"],
    ["http://h/", "GET", null, "omit"],
  ]);
  const summary = on.told.map(([kind, what]) => [kind, what instanceof Error ? what.message : what]);
  assert.deepEqual(summary, [
    ["received", "4a"],
    ["lost", "fetch write error"],
    ["lost", "fetch read error"],
  ]);
});

class FakeSocket {
  static last: FakeSocket;
  binaryType = "blob";
  readyState = 0;
  bufferedAmount = 3;
  sent: unknown[] = [];
  closed = false;
  onopen: any;
  onmessage: any;
  onclose: any;
  onerror: any;
  constructor(readonly args: unknown[]) {
    FakeSocket.last = this;
  }
  send(data: unknown) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
}

test("WebSocket: opened, heard, sent, closed", (t) => {
  pretend(t, "WebSocket", function (...args: unknown[]) {
    return new FakeSocket(args);
  });
  const on = listener();
  const carried = new WebSocket("ws://h/", { protocols: ["p"] }, on);
  const socket = FakeSocket.last;
  assert.deepEqual([socket.args, socket.binaryType, carried.bufferedAmount()], [["ws://h/", ["p"]], "arraybuffer", 3]);
  carried.send("early");
  socket.readyState = 1;
  socket.onopen();
  socket.onmessage({ data: "4a" });
  carried.send("4b");
  socket.onclose("event");
  assert.deepEqual(on.told, [["opened"], ["received", "4a"], ["lost", undefined, { description: "websocket connection closed", context: "event" }]]);
  assert.deepEqual(socket.sent, ["4b"]);
  carried.close();
  assert.deepEqual([socket.closed, socket.onclose, socket.onmessage], [true, null, null]);
  socket.onerror("nobody hears");
});

test("WebSocket: what the platform refuses is sent as a copy", () => {
  const sent: unknown[] = [];
  const strict = {
    send(data: Uint8Array<ArrayBuffer>) {
      if (data.buffer instanceof SharedArrayBuffer || (data.buffer as any).resizable) throw new TypeError("must not be shared");
      sent.push(data);
    },
  };
  const shared = new Uint8Array(new SharedArrayBuffer(4), 1, 2).fill(7);
  const growing = new Uint8Array(new (ArrayBuffer as any)(2, { maxByteLength: 4 }));
  for (const data of [shared, growing]) sendData(strict as any, data);
  assert.deepEqual(sent, [Uint8Array.of(7, 7), Uint8Array.of(0, 0)]);
});

test("WebSocket: an error, and a platform that refuses", async (t) => {
  pretend(t, "WebSocket", function (...args: unknown[]) {
    return new FakeSocket(args);
  });
  const on = listener();
  new WebSocket("ws://h/", {}, on);
  assert.deepEqual(FakeSocket.last.args, ["ws://h/"]);
  FakeSocket.last.onerror("event");
  const error = on.told[0]?.[1] as TransportError;
  assert.deepEqual([error.message, error.description, error.type], ["websocket error", "event", "TransportError"]);
  pretend(t, "WebSocket", function () {
    throw new SyntaxError("bad address");
  });
  const refused = listener();
  const carried = new WebSocket("ws://h/", {}, refused);
  carried.send("nothing");
  carried.close();
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal((refused.told as unknown as [string, Error][])[0]?.[1].message, "bad address");
});
