/** The transports of browsers, with fake platform classes. */

import assert from "node:assert/strict";
import { test } from "node:test";

import type { TransportError, TransportEvents } from "../../src/transport.js";
import { Fetch, sendData, WebSocket, XHR } from "../../src/web-transports.js";
import { fakeGlobal } from "./support/host.js";

interface Recorder extends TransportEvents {
  events: unknown[][];
  /** Resolves when there are `count` events. */
  recorded(count: number): Promise<void>;
}

/** Records the events of a transport. */
function recorder(): Recorder {
  const events: unknown[][] = [];
  let wake = () => {};
  const record = (...event: unknown[]) => {
    events.push(event);
    wake();
  };
  return {
    events,
    async recorded(count) {
      while (events.length < count) await new Promise<void>((resolve) => (wake = resolve));
    },
    opened: () => record("opened"),
    received: (data, type) => record("received", data, type),
    lost: (error, details) => record("lost", error, details),
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
    return this.responseType ? "application/octet-stream" : null;
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
  fakeGlobal(t, "XMLHttpRequest", FakeXhr);
  const on = recorder();
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
  assert.deepEqual(on.events, [
    ["received", "4a", ""],
    ["received", "ok", ""],
  ]);
});

test("XHR: a binary response", (t) => {
  fakeGlobal(t, "XMLHttpRequest", FakeXhr);
  const on = recorder();
  new XHR("http://h/", { _supportsBinary: true }, on);
  const bytes = Uint8Array.of(0, 1).buffer;
  FakeXhr.last.end(200, "", bytes);
  assert.deepEqual(on.events, [["received", bytes, "application/octet-stream"]]);
});

test("XHR: failed and closed requests", (t) => {
  fakeGlobal(t, "XMLHttpRequest", FakeXhr);
  const on = recorder();
  new XHR("http://h/", {}, on);
  FakeXhr.last.end(503);
  new XHR("http://h/", {}, on, "4");
  FakeXhr.last.end(0);
  const summary = on.events.map(([kind, error]) => [kind, (error as TransportError).message, (error as TransportError).description]);
  assert.deepEqual(summary, [
    ["lost", "xhr poll error", 503],
    ["lost", "xhr post error", 0],
  ]);
  const late = recorder();
  const xhr = new XHR("http://h/", {}, late);
  xhr.close();
  FakeXhr.last.end(200, "late");
  assert.deepEqual([late.events, FakeXhr.last.aborted], [[], true]);
});

test("fetch: a response, an HTTP error, a network error", async (t) => {
  const requests: unknown[][] = [];
  const responses: unknown[] = [new Response("4a"), new Response("no", { status: 400 }), new TypeError("no network")];
  fakeGlobal(t, "fetch", async (uri: string, init: RequestInit) => {
    requests.push([uri, init.method, init.body, init.credentials]);
    const response = responses.shift();
    if (response instanceof Response) return response;
    throw response;
  });
  const on = recorder();
  new Fetch("http://h/", {}, on);
  await on.recorded(1);
  new Fetch("http://h/", { withCredentials: true }, on, "4b");
  new Fetch("http://h/", {}, on);
  await on.recorded(3);
  assert.deepEqual(requests, [
    ["http://h/", "GET", null, "omit"],
    ["http://h/", "POST", "4b", "include"],
    ["http://h/", "GET", null, "omit"],
  ]);
  const summary = on.events.map(([kind, what, type]) => [kind, what instanceof Error ? what.message : [String(Buffer.from(what as any)), type]]);
  assert.deepEqual(summary, [
    ["received", ["4a", "text/plain;charset=UTF-8"]],
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
  readonly url: string;
  constructor(readonly args: unknown[]) {
    this.url = String(args[0]);
    FakeSocket.last = this;
  }
  send(data: unknown) {
    this.sent.push(data);
  }
  close() {
    this.closed = true;
  }
}

test("WebSocket: opens, receives, sends, closes", (t) => {
  fakeGlobal(t, "WebSocket", function (...args: unknown[]) {
    return new FakeSocket(args);
  });
  const on = recorder();
  const transport = new WebSocket("ws://h/", { protocols: ["p"] }, on);
  const socket = FakeSocket.last;
  assert.deepEqual([socket.args, socket.binaryType, transport.bufferedAmount()], [["ws://h/", ["p"]], "arraybuffer", 3]);
  transport.send("early");
  socket.readyState = 1;
  socket.onopen();
  socket.onmessage({ data: "4a" });
  transport.send("4b");
  socket.onclose("event");
  assert.deepEqual(on.events, [
    ["opened"],
    ["received", "4a", undefined],
    ["lost", undefined, { description: "websocket connection closed", context: "event" }],
  ]);
  assert.deepEqual(socket.sent, ["4b"]);
  transport.close();
  assert.deepEqual([socket.closed, socket.onclose, socket.onmessage], [true, null, null]);
  socket.onerror("ignored");
});

test("WebSocket: a page closes one that is not open yet once it is open, and after a second at the latest", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  fakeGlobal(t, "WebSocket", function (...args: unknown[]) {
    return new FakeSocket(args);
  });
  const closed = (uri: string) => {
    new WebSocket(uri, {}, recorder()).close();
    const { last } = FakeSocket;
    return last.closed ? undefined : last;
  };
  assert.equal(closed("ws://h/"), undefined, "not a page");
  fakeGlobal(t, "document", {});
  assert.equal(closed("ws://h/?EIO=4&sid=a"), undefined, "an upgrade");
  const [opens, hangs] = [closed("ws://h/"), closed("ws://h/")];
  opens?.onopen();
  t.mock.timers.tick(999);
  assert.deepEqual([opens?.closed, hangs?.closed], [true, false]);
  t.mock.timers.tick(1);
  assert.equal(hangs?.closed, true);
});

test("WebSocket: data that the platform rejects is sent as a copy", () => {
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

test("WebSocket: an error event", (t) => {
  fakeGlobal(t, "WebSocket", function (...args: unknown[]) {
    return new FakeSocket(args);
  });
  const on = recorder();
  new WebSocket("ws://h/", {}, on);
  assert.deepEqual(FakeSocket.last.args, ["ws://h/"]);
  FakeSocket.last.onerror("event");
  const error = on.events[0]?.[1] as TransportError;
  assert.deepEqual([error.message, error.description, error.type], ["websocket error", "event", "TransportError"]);
});
