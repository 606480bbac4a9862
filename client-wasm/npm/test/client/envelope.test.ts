/** `tidewire/envelope` against the vectors of the core, and cases that vectors cannot express. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

import * as envelope from "../../src/entry/envelope.js";
import { type Envelope, type Online, parseMsg, readEnvelope, readOnline, sign, writeEnvelope, writeOnline } from "../../src/entry/envelope.js";

interface Case {
  op: "action" | "build" | "read" | "online" | "sign";
  name: string;
  [field: string]: any;
}

const VECTORS = join(process.cwd(), "../../client-core/tests/vectors/envelope.json");
const cases: Case[] = JSON.parse(readFileSync(VECTORS, "utf8"));
const overWire = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Returns the result of `read`, or `undefined` if it throws the expected error. */
function readOrError<T>({ text, error, name }: Case, read: (value: unknown) => T): T | undefined {
  if (!error) return read(JSON.parse(text));
  const faults: Record<string, string> = { envelope: "a message envelope, an object", online: "an `online` message, an object" };
  const atFault = faults[error] || `\`${error}\``;
  assert.throws(
    () => read(JSON.parse(text)),
    (thrown) => thrown instanceof TypeError && thrown.message.includes(atFault),
    name,
  );
  return undefined;
}

/** Known fields with the right type are in their place, all other fields in `extra`. */
function assertPlaces({ extra, ...meta }: envelope.Meta, want: any, name: string): void {
  for (const field of ["app", "sign", "client", "target", "userId"] as const) {
    assert.equal(meta[field], typeof want[field] === "string" ? want[field] : undefined, `${name}: ${field}`);
  }
  assert.equal(meta.timestamp, Number.isSafeInteger(want.timestamp) && want.timestamp >= 0 ? want.timestamp : undefined, name);
  assert.deepEqual({ ...meta, ...extra }, want, name);
}

const run: Record<Case["op"], (one: Case) => void> = {
  action({ constant, value, name }) {
    assert.equal(envelope.isKnownAction(value), constant !== null, name);
    if (constant) assert.equal((envelope as any)[constant], value, name);
  },
  build({ fn, args, now, want, name }) {
    const clock = Date.now;
    Date.now = () => now;
    try {
      const given = args.map((arg: any) => (arg && arg.$undefined ? undefined : arg));
      assert.deepEqual(overWire((envelope as any)[fn](...given)), want, name);
    } finally {
      Date.now = clock;
    }
  },
  read(one) {
    const message: Envelope | undefined = readOrError(one, readEnvelope);
    if (!message) return;
    const { name, action, payload, meta, kept = {} } = one;
    assert.equal(message.data.action, action, name);
    assert.deepEqual(message.data.payload, payload, name);
    assertPlaces(message.meta, meta, name);
    assert.deepEqual(message.data.extra, kept.data || {}, name);
    assert.deepEqual(message.extra, kept.message || {}, name);
    assert.deepEqual(readEnvelope(overWire(writeEnvelope(message))), message, `${name}: written and read`);
  },
  online(one) {
    const online: Online | undefined = readOrError(one, readOnline);
    if (!online) return;
    const { name, ids, action, target, message, details = {}, kept = {} } = one;
    const { clients } = online;
    assert.deepEqual(clients.ids, ids, name);
    assert.equal(clients.size, ids.length, name);
    for (const id of ids) {
      assert.ok(clients.has(id), name);
      assert.deepEqual(clients.detail(id), details[id], `${name}: ${id}`);
    }
    assert.equal(online.action, action, name);
    assert.equal(online.target, target === null ? undefined : target, name);
    assert.equal(online.message, message === null ? undefined : message, name);
    assert.deepEqual(online.extra, kept, name);
    assert.deepEqual(overWire(readOnline(overWire(writeOnline(online)))), overWire(online), `${name}: written and read`);
  },
  sign({ app, key, timestamp, sign: signed, name }) {
    assert.equal(sign(app, key, timestamp), signed, name);
  },
};

for (const op of Object.keys(run) as Case["op"][]) {
  const some = cases.filter((one) => one.op === op);
  test(`the vectors of the core: ${op}`, () => {
    assert.ok(some.length >= 8, `${some.length}`);
    some.forEach(run[op]);
  });
}

test("every vector has a known operation", () => {
  assert.deepEqual(
    cases.filter(({ op }) => !(op in run)),
    [],
  );
  const constants = cases.flatMap(({ constant }) => constant || []);
  assert.equal(constants.length, 10);
});

test("the signature is MD5 for texts of any length", () => {
  for (let length = 0; length < 200; length++) {
    const app = "é".repeat(length);
    assert.equal(sign(app, "key", length), createHash("md5").update(`${app}key${length}`).digest("hex"));
  }
});

test("an unpaired surrogate is signed as U+FFFD, like in Node's hash", () => {
  assert.equal(sign("\ud83d", "a\ude00", 1), createHash("md5").update("\ud83da\ude001").digest("hex"));
});

test("extra fields do not override known fields", () => {
  const message = readEnvelope(parseMsg("x", 1, { timestamp: 5 }));
  for (const extra of [message.extra, message.data.extra, message.meta.extra]) {
    for (const name of ["data", "meta", "action", "payload", "timestamp", "client"]) extra[name] = "extra";
  }
  assert.deepEqual(writeEnvelope(message), {
    data: { action: "x", payload: 1, data: "extra", meta: "extra", timestamp: "extra", client: "extra" },
    meta: { timestamp: 5, data: "extra", meta: "extra", action: "extra", payload: "extra", client: "extra" },
    action: "extra",
    payload: "extra",
    timestamp: "extra",
    client: "extra",
  });
});

test("extra fields of a presence message do not override known fields", () => {
  const online = readOnline({ action: "join", target: "participator" });
  for (const name of ["clients", "action", "target", "message"]) online.extra[name] = "extra";
  assert.deepEqual(overWire(writeOnline(online)), { clients: [], action: "join", target: "participator", message: "extra" });
});

test("a field named __proto__ is kept, and does not change the prototype", () => {
  const text = '{"data":{"action":"x","payload":{},"__proto__":1},"meta":{"__proto__":{"app":"a"}},"__proto__":{"toString":7}}';
  const message = readEnvelope(JSON.parse(text));
  assert.equal(message.meta.app, undefined);
  assert.equal(Object.getPrototypeOf(message.extra), Object.prototype);
  assert.equal(JSON.stringify(writeEnvelope(message)), text);
  const { clients } = readOnline(JSON.parse('{"action":"join","clients":{"__proto__":{"room":"r"}}}'));
  assert.deepEqual([clients.ids, clients.detail("__proto__"), clients.detail("toString")], [["__proto__"], { room: "r" }, undefined]);
});

test("binary data in a payload is not changed", () => {
  const payload = { bytes: Uint8Array.of(1, 2) };
  assert.equal(readEnvelope(parseMsg("x", payload)).data.payload, payload);
});
