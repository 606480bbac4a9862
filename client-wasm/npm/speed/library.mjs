// Measures what a client itself costs for an event: `node --expose-gc library.mjs default|custom <bundle> <parser> <part>`, with a fake
// WebSocket, and the default parser or a custom one. Prints, as JSON, the processor time of each case in microseconds, and what the client sent.

import { NAMES, timesOf, valuesOf } from "./cases.mjs";
import { FakeSocket } from "./fake-socket.mjs";
import { processorTime } from "./processor-time.mjs";

const [kind, bundle, parserBundle, part] = process.argv.slice(2);

/** Without a network, more events are measured in the same time. */
const MORE = { "64 kB": 2, "64 kB, binary": 20 };
const MORE_OF_ALL = 3;

/** The cases that are measured with a custom parser, too. */
const PACKED = ["20 B", "an object of 100 B", "100 B, binary"];

/** Events of one turn of the event loop, as if they came in one read or were emitted by one function. */
const BATCH = 50;

globalThis.WebSocket = FakeSocket;
const { io } = await import(bundle);
const { default: parser } = await import(parserBundle);
let socket;
let fake;

/** Connects another socket, which is measured from now on. */
async function connect(options) {
  if (socket) socket.disconnect();
  socket = io("http://fake", { transports: ["websocket"], reconnection: false, forceNew: true, ...options });
  await new Promise((resolve, reject) => socket.on("connect", resolve).on("connect_error", reject));
  fake = FakeSocket.current;
}

// ---- runs: each function prepares a run of a number of events, and returns it ----

function receive(name, times, framesOf = frames) {
  const events = valuesOf(name).map(framesOf);
  return async () => {
    let received = 0;
    const listener = () => received++;
    socket.on("event", listener);
    await inTurns(times, (n) => events[n % events.length].forEach((frame) => fake.receive(frame)));
    socket.off("event", listener);
    expect(received, times, "events were received");
  };
}

function send(name, times) {
  const values = valuesOf(name);
  return () => inTurns(times, (n) => socket.emit("event", values[n % values.length]));
}

/** The server asks, and a listener answers. */
function ackedByUs(name, times) {
  const values = valuesOf(name);
  const events = Array.from({ length: times }, (_, n) => flat(`42${n}${JSON.stringify(["event", values[n % values.length]])}`));
  return async () => {
    let answered = 0;
    const listener = (value, answer) => {
      answered++;
      answer(value);
    };
    socket.on("event", listener);
    await inTurns(times, (n) => fake.receive(events[n]));
    socket.off("event", listener);
    expect(answered, times, "events were answered");
  };
}

/** The acks that were asked for until now. */
let asked = 0;

/** The client asks, and the server answers in the next turn. */
function ackedByThem(name, times, asking = () => socket) {
  const values = valuesOf(name);
  const answers = Array.from({ length: times }, (_, n) => flat(`43${asked + n}["ok"]`));
  asked += times;
  return async () => {
    let acked = 0;
    let sent = 0;
    const onAck = () => acked++;
    const answer = (end) => {
      for (; sent < end; sent++) fake.receive(answers[sent]);
    };
    await inTurns(times, (n) => {
      if (n % BATCH === 0) answer(n);
      asking().emit("event", values[n % values.length], onAck);
    });
    answer(times);
    await turn();
    expect(acked, times, "acks came");
  };
}

/** The client asks with `retries`: one event at a time is on its way, the others wait for its answer. */
function ackedWithRetries(name, times) {
  const values = valuesOf(name);
  const answer = (id) => fake.receive(`43${id}["ok"]`);
  return async () => {
    let acked = 0;
    const onAck = () => acked++;
    fake.onsent = (text) => queueMicrotask(() => answer(parseInt(text.slice(2))));
    await inTurns(times, (n) => socket.emit("event", values[n % values.length], onAck));
    for (let n = 0; n < BATCH && acked < times; n++) await turn();
    fake.onsent = () => {};
    expect(acked, times, "acks came");
  };
}

// ---- tools ----

/** Returns the frames of an event from the server. */
function frames(value) {
  if (!ArrayBuffer.isView(value)) return [flat(`42${JSON.stringify(["event", value])}`)];
  return [flat('451-["event",{"_placeholder":true,"num":0}]'), value.buffer];
}

/** Returns the frame of an event from a server with the parser. */
const packed = (value) => [encoded({ type: 2, nsp: "/", data: ["event", value] })];

const encoder = new parser.Encoder();

/** Returns a packet as the network gives it. */
function encoded(packet) {
  const [bytes] = encoder.encode(packet);
  return bytes;
}

/** Returns a text as the network gives it: in one piece. */
const flat = (text) => Buffer.from(text).toString();

const turn = () => new Promise((resolve) => setImmediate(resolve));

async function inTurns(times, run) {
  for (let n = 0; n < times; await turn()) {
    for (const end = Math.min(n + BATCH, times); n < end; n++) run(n);
  }
}

function expect(count, times, what) {
  if (count !== times) throw new Error(`${count} of ${times} ${what}`);
}

// ---- run ----

const result = {};
const sent = {};

async function measure(title, make, name) {
  const times = Math.ceil(timesOf(name, part) * MORE_OF_ALL * (MORE[name] || 1));
  // The compiler has optimized the code when it is measured.
  await make(name, times)();
  const run = make(name, times);
  globalThis.gc();
  const before = { frames: fake.frames, size: fake.size };
  const took = await processorTime(run);
  result[title] = (took * 1_000) / times;
  sent[title] = `${fake.frames - before.frames} frames, ${fake.size - before.size} long`;
}

async function measureDefault() {
  await connect();
  for (const name of NAMES) await measure(`receive ${name}`, receive, name);
  for (const name of NAMES) await measure(`send ${name}`, send, name);
  await measure("acked by us, 20 B", ackedByUs, "20 B");
  await measure("acked by them, 20 B", ackedByThem, "20 B");
  await measure("acked by them with a timeout, 20 B", (...args) => ackedByThem(...args, () => socket.timeout(10_000)), "20 B");
  await connect({ retries: 1, ackTimeout: 100_000 });
  await measure("receive 20 B, socket with retries", receive, "20 B");
  await measure("acked with retries, 20 B", ackedWithRetries, "20 B");
}

async function measureCustom() {
  FakeSocket.connected = encoded({ type: 0, nsp: "/", data: { sid: "socket" } });
  await connect({ parser });
  for (const name of PACKED) await measure(`msgpack: receive ${name}`, (...args) => receive(...args, packed), name);
  for (const name of PACKED) await measure(`msgpack: send ${name}`, send, name);
}

await { default: measureDefault, custom: measureCustom }[kind]();
console.log(JSON.stringify({ result, sent }));
process.exit(0);
