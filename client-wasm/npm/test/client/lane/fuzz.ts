/** Runs two clients in step, one with the direct lane and one without, and compares what they hear, send and report after each step. */

import assert from "node:assert/strict";

import { FakeHost } from "../support/host.js";
import { LISTS } from "./packed.js";
import { eventName, packets, Random, randomSetup, values } from "./random.js";
import { type Setup, Side, written } from "./side.js";

/** A step of both clients, and its text. */
type Step = [text: string, run: (side: Side) => void];

/** The subjects of runs, each of which must have its part of the lane. */
export const FEATURES = ["retries", "a custom parser", "polling", "a 2.x server", "recovery", "watchers"] as const;

export class Fuzz {
  private _random: Random;
  private _host = new FakeHost();
  private _sides: [Side, Side];
  private _confirmed = 0;
  /** The steps so far, to read. */
  private _steps: string[] = [];
  /** The namespaces and ids of the acks that the clients await, as they were sent. */
  private _awaited: string[] = [];
  private _thrown: (() => void)[] = [];
  private _setup: Setup;
  private _isWatched = false;

  constructor(private _seed: number) {
    this._random = new Random(_seed);
    const setup = (this._setup = randomSetup(this._random));
    this._steps.push(JSON.stringify(setup), setup.options.parser ? `parser: ${setup.options.parser === LISTS ? "lists" : "msgpack"}` : "");
    this._sides = [new Side(this._host, "http://on", setup, true), new Side(this._host, "http://off", setup, false)];
  }

  /** The counts of packets over WebSockets, of packets in bodies, and of sent events and acks that the machine was spared. */
  get spared(): number[] {
    const [direct, machine] = this._sides;
    return [machine.packets - direct.packets, machine.polled - direct.polled, machine.sends - direct.sends];
  }

  /** Returns the subjects of the run, of `FEATURES`. */
  features(): string[] {
    const { options, isOld, recovers } = this._setup;
    const { retries, parser, transports } = options;
    const has = [retries, parser, transports?.[0] === "polling", isOld, recovers, this._isWatched];
    return FEATURES.filter((_, at) => has[at]);
  }

  async run(steps: number): Promise<void> {
    const { queueMicrotask } = globalThis;
    // Errors of listeners are thrown here.
    globalThis.queueMicrotask = (run) => void this._thrown.push(run);
    try {
      await this._do(["serve", (side) => side.serve()]);
      await this._do(["confirm", (side) => side.confirm(0)]);
      for (let i = 0; i < steps; i++) await this._do(this._next());
      for (const side of this._sides) side.free();
    } finally {
      globalThis.queueMicrotask = queueMicrotask;
    }
  }

  private async _do([text, run]: Step): Promise<void> {
    this._steps.push(text);
    const logs: string[][] = [];
    for (const side of this._sides) {
      run(side);
      for (let i = 0; i < 8; i++) await Promise.resolve();
      for (const thrown of this._thrown.splice(0)) side.run("listener", thrown);
      logs.push(side.take());
    }
    const message = `seed ${this._seed}, after:\n${this._steps.join("\n")}`;
    assert.deepEqual(logs[0], logs[1], message);
    for (const line of logs[0] as string[]) {
      const awaited = awaitedIn(line);
      if (awaited) this._awaited.push(awaited);
    }
    const [direct, machine] = this._sides.map((side) => side.machineState());
    if (direct && machine) assert.deepEqual(direct, machine, message);
  }

  private _next(): Step {
    const random = this._random;
    const at = random.below(this._sides[0].sockets.length);
    const kind = random.below(100);
    if (kind < 45) {
      const frames = packets(random, this._awaited.slice(-4), !!this._setup.options.parser);
      return [`packets ${frames.map((frame) => (typeof frame === "string" ? frame : `<${frame}>`)).join(" | ")}`, (side) => side.send(frames)];
    }
    if (kind < 65) return this._emit(at);
    if (kind < 70) {
      const [which, args] = [random.below(100), values(random)];
      return [`reply ${which}`, (side) => side.reply(which, args)];
    }
    if (kind < 75) {
      const span = random.fault(2) ? random.pick([25000, 46000]) : random.pick([1, 49, 51, 100]);
      return [`sleep ${span}`, (side) => this._onFirst(side, () => this._host.sleep(span))];
    }
    if (kind < 81) {
      const span = random.fault(2) ? random.pick([25000, 60000]) : random.pick([1, 50, 100, 1000]);
      return [`advance ${span}`, (side) => this._onFirst(side, () => this._host.advance(span))];
    }
    if (kind < 84) return ["serve", (side) => side.serve()];
    if (kind < 88) {
      const count = ++this._confirmed;
      const serves = (side: Side) => {
        side.serve();
        side.confirm(count);
      };
      return ["serve and confirm", serves];
    }
    return kind < 97 && !random.fault(1) ? ["serve", (side) => side.serve()] : this._rare(random, at, kind);
  }

  private _rare(random: Random, at: number, kind: number): Step {
    const socketOf = (side: Side) => side.sockets[at] as Side["sockets"][0];
    if (kind < 90) {
      const error = random.one(2);
      return [`lose ${error}`, (side) => side.lose(error)];
    }
    if (kind < 91) return ["disconnect", (side) => socketOf(side).disconnect()];
    if (kind < 94) return ["connect", (side) => socketOf(side).connect()];
    if (kind < 95) return ["engine.close", (side) => side.manager.engine?.close()];
    if (kind < 96) return ["abort", (side) => side.abort(at)];
    if (kind < 97) return ["congest", (side) => side.congest(kind % 2 ? 0 : 100)];
    if (kind < 98) return ["sendBuffer", (side) => side.run("sendBuffer", () => editBuffer(side, at))];
    return this._watch(random, at);
  }

  /** Adds watchers, or removes those of a socket. */
  private _watch(random: Random, at: number): Step {
    const which = random.below(6);
    const heard =
      (side: Side, name: string) =>
      (...args: unknown[]) =>
        side.log(name, ...args.map((arg) => (name.startsWith("engine") ? [arg] : arg)));
    this._isWatched = true;
    return [
      `watch ${which}`,
      (side) => {
        const socket = side.sockets[at] as Side["sockets"][0];
        if (which === 0) socket.onAny(heard(side, "any"));
        if (which === 1) socket.onAnyOutgoing(heard(side, "any outgoing"));
        if (which === 2) side.manager.on("packet", heard(side, "packet"));
        if (which === 3) for (const name of ["packet", "packetCreate", "data"] as const) side.manager.engine?.on(name, heard(side, `engine ${name}`));
        if (which === 4) socket.offAny().offAnyOutgoing();
        if (which === 5) socket.onAnyOutgoing((name: unknown) => name === "a" && socket.emit("from a watcher"));
      },
    ];
  }

  private _emit(at: number): Step {
    const random = this._random;
    const flags = {
      ...(random.one(8) && { volatile: true }),
      ...(random.one(8) && { timeout: random.pick([10, 1000, Infinity, NaN, -5, 0.5]) }),
      ...(random.one(8) && { compress: random.one(2) }),
      ...(random.one(12) && { signal: true }),
    };
    const [args, ack] = [[eventName(random), ...values(random)], random.one(2)];
    return [`emit ${at} ${JSON.stringify(flags)} ${written(args)} ${ack}`, (side) => side.emit(at, flags, args, ack)];
  }

  /** Time passes for both. */
  private _onFirst(side: Side, run: () => void): void {
    if (side === this._sides[0]) run();
  }
}

/** Returns the namespace and the id of an ack that a client awaits, from a line of its log. */
function awaitedIn(line: string): string | undefined {
  const sent = /^sent \d+ 4[25](?:\d+-)?((?:\/\w+,)?\d+)\[/.exec(line);
  if (sent) return sent[1];
  const packed = /^sent \d+ 4\[(\{"type":2.*\})\] \w+$/.exec(line);
  if (!packed) return undefined;
  const { nsp, id } = JSON.parse(packed[1] as string);
  return id === undefined ? undefined : (nsp === "/" ? "" : `${nsp},`) + id;
}

function editBuffer(side: Side, at: number): void {
  const { sendBuffer } = side.sockets[at] as Side["sockets"][0];
  if (sendBuffer.length % 2) sendBuffer.splice(0, 1);
  else sendBuffer.push({ type: 2, nsp: "/", data: ["pushed", sendBuffer.length], options: {} });
}
