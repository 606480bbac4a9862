/** Random numbers from a seed (mulberry32), and what is drawn from them: the setup of a run, packets of the server, and arguments. */

import parser from "socket.io-msgpack-parser";

import type { ManagerOptions } from "../../../src/options.js";
import { LISTS, RAW } from "./packed.js";
import { NAMES, type Setup } from "./side.js";

export class Random {
  isCalm = false;

  constructor(private _state: number) {}

  /** Returns a number below `end`. */
  below(end: number): number {
    this._state = (this._state + 0x6d2b79f5) | 0;
    let t = Math.imul(this._state ^ (this._state >>> 15), 1 | this._state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % end;
  }

  /** Returns true once in `count` times. */
  one(count: number): boolean {
    return !this.below(count);
  }

  /** Returns true once in `count` times in a wild run, and seldom in a calm one: faults end connections, and with them the direct lane. */
  fault(count: number): boolean {
    return this.one(this.isCalm ? 50 * count : count);
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bytes(): Uint8Array {
    return Uint8Array.from({ length: this.pick([0, 1, 3, 40]) }, () => this.pick([0, 4, 99, 255]));
  }
}

export function randomSetup(random: Random): Setup {
  random.isCalm = !random.one(3);
  const isOld = random.one(4);
  const transports = random.pick([["websocket"], ["websocket"], ["websocket"], ["polling"], ["polling", "websocket"]]);
  const options: Setup["options"] = { transports, reconnectionDelay: 100, randomizationFactor: 0 };
  const some: Setup["options"] = {
    retries: 1 + random.below(2),
    ackTimeout: random.pick([50, 5000, Infinity, NaN, -1, 0.5]),
    maxAcks: 2,
    maxAttachments: random.below(3),
    forceBase64: true,
    offlinePackets: random.pick([2, Infinity]),
    compat: 2,
  };
  for (const [name, value] of Object.entries(some)) if (random.one(5)) Object.assign(options, { [name]: value });
  if (random.one(8)) Object.assign(options, { maxPacketBytes: 200 });
  if (random.one(6)) options.parser = random.pick([LISTS, parser]) as unknown as ManagerOptions["parser"];
  return { options, isOld, recovers: !isOld && random.one(2), names: NAMES.slice(0, 1 + random.below(3)), readsBuffer: random.one(3) };
}

const EVENTS = ["plain", "plain", "plain", "throw", "emit", "ack", "later", "off", "once", "", "é", "ping", "unheard"];
const BAD_EVENTS = ["leave", "close", "connect", "disconnecting", 7, null, true, {}, ["plain"]];

const TEXTS = [
  "",
  "x",
  "é€😀",
  '"\\',
  "offset-0",
  "12345678901234567890",
  "123456789012345678901",
  "507f1f77bcf86cd799439011",
  "y".repeat(124),
  "y".repeat(125),
  "y".repeat(130),
];

const value = (random: Random): unknown =>
  random.pick([
    () => random.below(100),
    () => random.pick(TEXTS),
    () => null,
    () => ({ a: [1, { b: true }] }),
    () => [[]],
    () => ({ __proto__: null, "": 1 }),
  ])();

/** Returns the JSON of an event or ack, with so many placeholders. */
function json(random: Random, isAck: boolean, attachments: number): string {
  const args: unknown[] = isAck ? [] : [random.fault(4) ? random.pick<unknown>(BAD_EVENTS) : random.pick(EVENTS)];
  for (let i = random.below(3); i--; ) args.push(value(random));
  for (let i = 0; i < attachments; i++) args.push({ _placeholder: true, num: random.fault(20) ? random.pick([9, -1, "0"]) : i });
  if (random.one(2)) args.push(random.pick(TEXTS));
  const text = JSON.stringify(args);
  if (random.one(30)) return random.pick([`${text} `, `[ ${text.slice(1)}`, text.replace("p", "\\u0070")]);
  return random.fault(30) ? random.pick([text.slice(0, -1), "[]", "{}", ""]) : text;
}

const ID = ["0", "0", "1", "2", "3", "007", "9007199254740991", "9007199254740993", "99999999999999999999", " 1", "1 ", "-1"];

/** Returns the packets of one event or ack: a text, and its attachments. `awaited` are the namespaces and ids of acks. */
function packet(random: Random, awaited: readonly string[]): (string | Uint8Array)[] {
  const isAck = random.one(3);
  const attachments = random.one(3) ? 1 + random.below(3) : 0;
  const count = random.fault(20) ? random.pick(["", "0", "00", "01", "0x1", "11", "2000", " 1"]) : `${attachments}`;
  const type = (isAck ? 3 : 2) + (attachments ? 3 : 0);
  const answer = isAck && awaited.length && !random.one(8) ? random.pick(awaited) : undefined;
  const name = random.pick(["", "", "", "", "", "", "", "", "", "", "/a,", "/b,", "/,", "/a?x=1,", random.fault(1) ? "/a" : "/unknown,"]);
  const id = isAck ? (random.one(20) ? "" : random.pick(ID.slice(0, random.one(4) ? ID.length : 5))) : random.one(2) ? "" : random.pick(ID);
  const parts = Array.from({ length: attachments }, () => random.bytes());
  const cut = random.fault(12) ? random.below(parts.length + 1) : parts.length;
  return [`4${type}${attachments ? `${count}-` : ""}${answer ?? name + id}${json(random, isAck, attachments)}`, ...parts.slice(0, cut)];
}

const HARMLESS = ["2", "6", "3", '42/unknown,["plain"]'];

const OTHER = [
  "2",
  "3",
  "6",
  "1",
  "x",
  "",
  "4",
  "41",
  "41/a,",
  '44{"message":"no"}',
  '44/a,{"message":"no"}',
  "4x",
  "42",
  "40",
  "2probe",
  `42/${"n".repeat(600)},["plain"]`,
];

/** Returns packets as a custom parser may decode them; no server sends some of them. */
function raw(random: Random): string {
  const packet = () => ({
    type: random.pick([2, 2, 2, 5, 3, 3, 6, ...(random.fault(1) ? [0, 1, 4, 7, "2", null] : [])]),
    nsp: random.pick(["/", "/", "/a", "/b", ...(random.fault(1) ? ["/unknown", "", null, 7, "n".repeat(300)] : [])]),
    data: random.pick<unknown>([
      ["plain"],
      ["ack", 1],
      ["plain", "offset-1"],
      ["plain", "z".repeat(130)],
      ...(random.fault(1) ? [[], "x", { a: 1 }, null] : []),
    ]),
    id: random.pick<unknown>([undefined, null, 0, 1, 2, 9007199254740991, ...(random.fault(1) ? ["1", -1, 1.5, 2 ** 53, true] : [])]),
  });
  return RAW + JSON.stringify(random.fault(4) ? [null] : Array.from({ length: random.one(3) ? 2 : 1 }, packet));
}

/** Returns packets of the server: mostly events and acks, of which some are malformed, and others in between. */
export function packets(random: Random, awaited: readonly string[], isPacked: boolean): (string | Uint8Array)[] {
  const frames: (string | Uint8Array)[] = [];
  for (let i = 1 + random.below(4); i--; ) {
    if (isPacked && random.one(4)) frames.push(raw(random));
    const next = random.one(12) ? [random.fault(1) ? random.pick([...OTHER, random.bytes()]) : random.pick(HARMLESS)] : packet(random, awaited);
    if (random.one(25) && next.length > 1) next.splice(1, 0, random.fault(1) ? random.pick(OTHER) : "2");
    frames.push(...next);
  }
  return frames;
}

/** Returns the arguments of an emit or of an answer. */
export function values(random: Random): unknown[] {
  const args: unknown[] = [];
  for (let i = random.below(3); i--; ) args.push(random.one(4) ? random.bytes() : value(random));
  if (random.one(10)) args.push({ deep: [random.bytes(), { toJSON: () => 0 }] });
  if (random.one(40)) args.push(Array.from({ length: 12 }, () => random.bytes()));
  if (random.one(60)) args.push(BigInt(1));
  return args;
}

export const eventName = (random: Random): string => random.pick(["a", "b", "é", "", "connect", "ping", "reconnecting"]);
