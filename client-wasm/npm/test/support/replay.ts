/** Replays one run of the simulation on another build of the machine. */

import assert from "node:assert/strict";

import type { EngineVersion, Host, Machine, MachineOptions, OutFrame, Payload, Reply, Target } from "../../src/machine/contract.js";
import type { Core } from "./cores.js";

type Json = unknown[];
type Wire = string | { hex: string };

const NAMES = [
  ["open", "send", "get", "post", "drop"],
  ["opened", "upgraded", "upgradeFailed", "openFailed", "closed", "malformed", "reconnecting", "reconnectFailed", "authRequired"],
  ["connected", "connectError", "disconnected", "serverError", "message", "emitDropped", "acked", "ackLost"],
].flat() as (keyof Host)[];

export class Replay {
  private at = 0;
  private hash = 0x811c9dc5;
  private readonly machine: Machine;
  private readonly host = Object.fromEntries(NAMES.map((name) => [name, (...args: never[]) => this.called(name, args)])) as unknown as Host;
  /** The acks that the server awaits, in the order of its events. */
  private readonly replies: Reply[] = [];

  constructor(
    private readonly core: Core,
    private readonly lines: string[],
  ) {
    this.count(this.line());
    this.machine = core.make(options(JSON.parse(this.next())[1]));
  }

  /** Replays all lines. */
  run() {
    while (!this.line().startsWith('["end"')) {
      const at = this.at;
      if (this.line().startsWith('[">"')) this.act();
      else this.machine.poll(this.host);
      assert.notEqual(this.at, at, `line ${at + 1} of ${this.lines.at(-1)}: the machine calls nothing instead of ${this.line()}`);
    }
    const [, seed, hash] = JSON.parse(this.next());
    assert.equal(this.hash >>> 0, hash, `the hash of seed ${seed}`);
    this.machine.free();
    // The slots of a freed machine are released by the next poll of any machine.
    const last = this.core.make();
    last.poll(this.host);
    last.free();
  }

  private line() {
    return this.lines[this.at] as string;
  }

  private next() {
    return this.lines[this.at++] as string;
  }

  /** Takes the next line, which must equal `line`. */
  private expect(line: Json) {
    const text = JSON.stringify(line);
    assert.equal(text, this.line(), `line ${this.at + 1} of ${this.lines.at(-1)}`);
    this.count(text);
    this.at++;
  }

  private count(line: string) {
    for (const byte of Buffer.from(line)) this.hash = Math.imul(this.hash ^ byte, 0x01000193);
  }

  /** Runs the input of the next line, and checks the result. */
  private act() {
    const [, now, name, ...args] = JSON.parse(this.next());
    const result = this.input(now, name, args);
    this.expect(result === undefined || result === -1 ? ["="] : ["=", result]);
  }

  private input(now: number, name: string, args: Json): unknown {
    const machine = this.machine;
    switch (name) {
      case "namespace":
        return void machine.namespace(args[0] as string);
      case "clearOffline":
        return machine.removeOffline(args[0] as number, Infinity);
      case "authorize":
        return machine.authorize(now, args[0] as number, args[1] ?? undefined);
      case "emit": {
        const [nsp, text, parts, ack, delivery] = args as [number, string, Wire[], number | string | null, number];
        return machine.emit(now, nsp, text, parts.map(value), ack === null ? undefined : Number(ack), delivery);
      }
      case "reply":
        return machine.reply(now, args[0] as number, this.replies[args[1] as number] as Reply, args[2], []);
      case "handlePacket":
        return machine.handlePacket(now, args[0] as number, value(args[1] as Wire));
      case "handleResponse": {
        const [link, version, frames] = args as [number, EngineVersion, (Wire | null)[]];
        return machine.handleResponse(now, link, version, frames.map((frame) => (frame === null ? undefined : value(frame))));
      }
      default:
        return (machine[name as keyof Machine] as (...args: unknown[]) => unknown)(now, ...args);
    }
  }

  /** Checks a call of the machine on its host, and runs the inputs that follow it in the script. */
  private called(name: keyof Host, args: never[]) {
    this.expect(["<", name, ...written[name](...args)]);
    if (name === "message" && args[3]) this.replies.push(args[3]);
    while (this.line().startsWith('[">"')) this.act();
  }
}

/** Reads the options; a limit of `null` is none. */
function options(json: Record<string, unknown>): MachineOptions {
  const spans = Object.entries(json).map(([name, value]) => [name, value === null && name !== "engineVersion" ? Infinity : (value ?? undefined)]);
  return Object.fromEntries(spans);
}

function value(wire: Wire): string | Uint8Array {
  return typeof wire === "string" ? wire : Uint8Array.from(Buffer.from(wire.hex, "hex"));
}

const hex = (bytes: Payload | undefined) => ({ hex: Buffer.from(bytes as Uint8Array).toString("hex") });
const target = ({ transport, query, bodyVersion, sid }: Target) => [transport, query, bodyVersion ?? null, sid ?? null];
const frame = ({ binary, head, payload }: OutFrame) =>
  binary ? hex(Buffer.concat([Buffer.from(head, "latin1"), payload as Uint8Array])) : head + (payload ?? "");

const same = (...args: unknown[]) => args;
/** Writes the arguments of a call as the script has them. */
const written: Record<keyof Host, (...args: never[]) => unknown[]> = {
  open: (link: number, to: Target) => [link, target(to)],
  send: (link: number, sent: OutFrame) => [link, frame(sent)],
  get: (link: number, to: Target) => [link, target(to)],
  post: (link: number, to: Target, frames: OutFrame[]) => [link, target(to), frames.map(frame)],
  drop: same,
  opened: same,
  upgraded: same,
  upgradeFailed: same,
  openFailed: same,
  closed: same,
  malformed: same,
  reconnecting: same,
  reconnectFailed: same,
  authRequired: same,
  connected: (nsp: number, _id: string, recovered: boolean) => [nsp, recovered],
  connectError: (nsp: number, why: string) => [nsp, why],
  disconnected: same,
  serverError: (nsp: number) => [nsp],
  message: (nsp: number, text: Payload, parts: Payload[], reply: Reply | undefined) => [nsp, text ?? "", parts.map(hex), !!reply],
  emitDropped: same,
  acked: (nsp: number, ack: number, text: Payload, parts: Payload[]) => [nsp, ack, text ?? "", parts.length],
  ackLost: same,
};
