// Sends values of all types to a server and back, and reports what each side received. All clients run this file.

import { shown } from "./shown.js";

const bytes = (...values) => Uint8Array.from(values);
const blob = (...values) => new Blob([bytes(...values)]);
const shared = () => new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }).buffer;

class Point {
  constructor(x) {
    this.x = x;
  }
  get doubled() {
    return this.x * 2;
  }
}
Point.prototype.inherited = 1;

function cycle() {
  const value = { name: "round" };
  value.self = value;
  return value;
}

function list() {
  const value = [1];
  value.push(value);
  return value;
}

const holding = (json) => ({ toJSON: () => json });
const KINDS = [Int8Array, Uint8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array];

/** Arguments of events, by their description. */
const VALUES = {
  "a blob": () => [blob(1, 2, 3)],
  "a file": () => [new File([bytes(4, 5)], "name.txt", { type: "text/plain" })],
  "blobs deep down": () => [{ a: [blob(1), { b: new File([bytes(2)], "f") }] }, "text", bytes(3)],
  "a blob of nothing": () => [blob()],
  "a large blob": () => [new Blob([new Uint8Array(100_000).fill(7)]), 1],
  "a blob that toJSON gives": () => [holding({ blob: blob(9) })],
  ...Object.fromEntries(KINDS.map((Kind) => [Kind.name, () => [Kind.from([1, 200, 3])]])),
  BigInt64Array: () => [BigInt64Array.from([1n, -2n])],
  BigUint64Array: () => [BigUint64Array.from([1n, 2n])],
  DataView: () => [new DataView(bytes(0, 1, 2, 3).buffer, 1, 2)],
  "a part of a buffer": () => [bytes(0, 1, 2, 3, 4).subarray(1, 4), new Uint16Array(bytes(0, 0, 1, 0, 2, 0).buffer, 2, 2)],
  "an ArrayBuffer": () => [bytes(1, 2).buffer, new ArrayBuffer(0)],
  "the same bytes twice": () => {
    const once = bytes(1);
    return [once, once];
  },
  "shared memory": () => [shared().constructor.name, shared()],
  "a view of shared memory": () => [new Uint8Array(shared(), 0, 2)],
  "memory that can grow": () => [new ArrayBuffer(2, { maxByteLength: 4 }), new Uint8Array(new ArrayBuffer(3, { maxByteLength: 4 }), 1)],
  "halves of pairs": () => ["\ud800", "\udc00x", "x\ud83d", "\ude00\ud83d", "\ud83d\ude00", { "\udfff": "\ud800" }],
  "halves of pairs beside bytes": () => ["\ud800", bytes(1), { "\udfff": 1 }],
  "signs of all sorts": () => ["\0\x01\x1e\x7f", "\u2028\u2029\ufeff", 'a"b\\c/d', "é中😀"],
  "a long text": () => ["é".repeat(150_000)],
  dates: () => [new Date(0), { at: new Date(1e12) }, new Date(NaN)],
  "dates beside bytes": () => [new Date(0), { at: new Date(1e12) }, bytes(1)],
  toJSON: () => [holding({ a: 1 }), holding(undefined), [holding(undefined)], holding("text"), holding(null), new URL("http://a/b")],
  "toJSON with its key": () => [{ field: { toJSON: (key) => `key ${typeof key} ${key}` } }],
  "toJSON beside bytes": () => [holding({ a: holding(1) }), { field: { toJSON: (key) => `key ${typeof key} ${key}` } }, bytes(1)],
  "toJSON on a list": () => [Object.assign([1, 2], { toJSON: () => "list" })],
  undefined: () => [undefined, [undefined], { a: undefined, b: 1 }, null],
  "undefined beside bytes": () => [undefined, [undefined], { a: undefined }, bytes(1)],
  functions: () => [{ f() {}, a: 1 }, [() => {}], () => {}, 1],
  "functions beside bytes": () => [{ f() {}, a: 1 }, [() => {}], bytes(1)],
  "numbers that JSON does not know": () => [NaN, Infinity, -Infinity, -0, [NaN], { a: NaN }],
  "the same beside bytes": () => [NaN, Infinity, -Infinity, -0, bytes(1)],
  "large and small numbers": () => [1e21, 5e-324, Number.MAX_VALUE, 2 ** 53, 0.1 + 0.2],
  "a BigInt": () => [1n],
  "a BigInt deep down": () => [{ a: [1n] }],
  "a BigInt beside bytes": () => [bytes(1), { a: 1n }],
  "a symbol": () => [Symbol("s"), { a: Symbol("s"), [Symbol("key")]: 1 }],
  "maps and sets": () => [new Map([["a", 1]]), new Set([1]), new WeakMap()],
  "maps and sets beside bytes": () => [new Map([["a", bytes(2)]]), new Set([1]), bytes(1)],
  "a regular expression, an error": () => [/a/g, new Error("lost"), Object.assign(new Error("e"), { code: 1 })],
  "boxed primitives": () => [new Number(1), new String("s"), new Boolean(false)],
  "boxed primitives beside bytes": () => [new Number(1), new String("s"), new Boolean(false), bytes(1)],
  "a list with holes": () => [[, 1, , 2]],
  "a list with holes beside bytes": () => [[, 1, , bytes(2)]],
  "a list with a name": () => [Object.assign([1], { name: "n" }), Object.assign([bytes(1)], { name: "n" })],
  "an object without a prototype": () => [Object.assign(Object.create(null), { a: 1 })],
  "an object without a prototype beside bytes": () => [Object.assign(Object.create(null), { a: bytes(1) })],
  "an object of a class": () => [new Point(1), Object.create({ inherited: 1 }, { hidden: { value: 1 }, own: { value: 2, enumerable: true } })],
  "an object of a class beside bytes": () => [new Point(bytes(1))],
  "a getter that throws": () => [
    {
      get a() {
        throw new Error("got");
      },
    },
  ],
  "a promise, a proxy": () => [Promise.resolve(1), new Proxy({ a: 1 }, {}), new Proxy([1], {})],
  "a cycle": () => [cycle()],
  "a cycle in a list": () => [list()],
  "a cycle beside bytes": () => [bytes(1), cycle()],
  "a placeholder": () => [{ _placeholder: true, num: 0 }],
  "a placeholder beside bytes": () => [{ _placeholder: true, num: 0 }, bytes(1)],
  "a field named __proto__": () => [JSON.parse('{"__proto__":{"a":1},"b":2}')],
  "numbers for keys": () => [{ 2: "b", 1: "a", "-1": "c" }],
  "nothing at all": () => [],
  "very deep": () => {
    let value = bytes(1);
    for (let n = 0; n < 500; n++) value = [value];
    return [value];
  },
};

const next = (socket, event) => new Promise((resolve) => socket.once(event, (...args) => resolve(args)));

/** Returns a value with the content of its blobs. */
async function read(value) {
  if (value instanceof Blob) return { blob: new Uint8Array(await value.arrayBuffer()) };
  if (Array.isArray(value)) return Promise.all(value.map(read));
  if (!value || typeof value !== "object" || ArrayBuffer.isView(value) || value instanceof ArrayBuffer || value instanceof Date) return value;
  return Object.fromEntries(await Promise.all(Object.entries(value).map(async ([key, item]) => [key, await read(item)])));
}

const describe = (error) => `${error.name}: ${error.message}`;

/** Returns what the server received. Its ack also shows that an earlier event was never acknowledged. */
async function noted(socket) {
  return socket.emitWithAck("noted");
}

/** Ways to send the arguments, and what each side reports. */
const WAYS = {
  async "the server got"(socket, args) {
    socket.emit("note", ...args);
    return (await noted(socket)).join();
  },
  async "came back"(socket, args) {
    const received = [];
    socket.on("echo", (...back) => received.push(back));
    socket.emit("echo", ...args);
    await noted(socket);
    return shown(await read(received), true);
  },
  async "was answered"(socket, args) {
    let answer = "nothing";
    socket.emit("acked", ...args, (...back) => {
      answer = back;
    });
    await noted(socket);
    return shown(await read(answer), true);
  },
};

/** Scenarios that are not about one value. */
const SCENARIOS = {
  async "blobs do not lose their place"(socket) {
    socket.emit("note", 1);
    socket.emit("note", 2, blob(1), { deep: blob(2) });
    socket.emit("note", 3);
    socket.emit("note", blob(4));
    socket.emit("note", bytes(5));
    return (await noted(socket)).join(" ");
  },
  async "blobs that waited for the connection"(_, open) {
    const socket = open("/");
    socket.emit("note", 1, blob(1));
    socket.emit("note", 2);
    return (await noted(socket)).join(" ");
  },
  async "blobs as what binary comes in"(socket) {
    socket.io.engine.binaryType = "blob";
    const received = next(socket, "echo");
    socket.emit("echo", bytes(1, 2), { deep: bytes() });
    return shown(await read(await received), true);
  },
  async "the server asks for a blob"(socket) {
    const answered = next(socket, "answered");
    socket.once("question", (...args) => {
      const answer = args.pop();
      answer(shown(args, true), blob(7), { a: [new File([bytes(8)], "f")] });
    });
    socket.emit("ask", bytes(1), undefined, "why");
    return String(await answered);
  },
  async "an answer that cannot be sent"(socket) {
    const thrown = new Promise((resolve) => {
      socket.once("question", (answer) => {
        try {
          answer(1n);
          resolve("nothing");
        } catch (error) {
          resolve(describe(error));
        }
      });
    });
    socket.emit("ask");
    return thrown;
  },
  async "what cannot be sent changes nothing, nor does what happens to it later"(socket) {
    const answers = [];
    const send = (...args) => {
      const value = { a: 1 };
      socket.emit("note", ...args, value);
      socket.emit("acked", ...args, value, (...answer) => answers.push(shown(answer)));
      value.a = 2;
    };
    send(1);
    for (const event of ["note", "echo"]) {
      try {
        socket.emit(event, cycle(), () => answers.push("never"));
        answers.push("sent");
      } catch (error) {
        answers.push(error.name);
      }
    }
    send(2, bytes(1));
    return [await noted(socket), answers].join(" ");
  },
  async "a refusal"(_, open) {
    const [error] = await next(open("/refused"), "connect_error");
    return `${error instanceof Error} ${error.message} ${shown(error.data)}`;
  },
  async "volatile, with a timeout, without compression"(socket) {
    const text = await socket.timeout(10_000).emitWithAck("acked", bytes(1));
    socket.compress(false).emit("note", bytes(2));
    socket.volatile.emit("note", bytes(3));
    return `${shown(text, true)} ${await noted(socket)}`;
  },
};

/** The requests of a page: a client that failed may keep its poll, and a browser has at most six connections per server. */
const requests = new Set();
const { open: begin } = XMLHttpRequest.prototype;
XMLHttpRequest.prototype.open = function (...args) {
  requests.add(this);
  return begin.apply(this, args);
};

function clear(isLost) {
  if (isLost) for (const request of requests) request.abort();
  requests.clear();
}

/** Resolves to an uncaught error. */
const thrown = () =>
  new Promise((resolve) => {
    const onError = (event) => {
      event.preventDefault();
      resolve(`uncaught: ${event.message}`);
    };
    addEventListener("error", onError, { once: true });
  });

/** Returns what happens first: a reply, an error, the end of the connection, or a timeout. */
async function outcome(socket, run) {
  const ended = next(socket, "disconnect").then(([reason]) => `disconnected: ${reason}`);
  const late = new Promise((resolve) => setTimeout(resolve, 10_000, "nothing for too long"));
  try {
    return await Promise.race([run(), thrown(), ended, late]);
  } catch (error) {
    return describe(error);
  }
}

/** Runs all values and scenarios, each with its own connection. Returns their lines. */
export async function runAll(io, options) {
  const lines = {};
  const open = (namespace) => io(location.origin + namespace, { forceNew: true, reconnection: false, ...options });
  async function add(name, run) {
    const socket = open("/");
    await next(socket, "connect");
    const came = await outcome(socket, () => run(socket));
    lines[name] = came;
    socket.disconnect();
    clear(/^uncaught|^nothing/.test(came));
  }
  for (const [name, make] of Object.entries(VALUES)) {
    for (const [way, run] of Object.entries(WAYS)) await add(`${name}: ${way}`, (socket) => run(socket, make()));
  }
  for (const [name, run] of Object.entries(SCENARIOS)) await add(name, (socket) => run(socket, open));
  return lines;
}
