/** The machine of `contract.ts` over the exports of the core, in wasm or as JavaScript. */

import { writeHeader } from "../canonical.js";
import type { EngineVersion, Host, Link, Machine, MachineOptions, Misuse, Payload } from "./contract.js";
import { CODES, HOST_CALLS, Op, SETTINGS } from "./layout.js";
import { type ReadPacket, readPacket, writeSession } from "./packets.js";
import { sizeOf } from "./size.js";

/** The exports of the core; `client-wasm/src/abi.rs` lists the arguments of each operation. */
export interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  call(op: Op, machine: number, now: number, index: number, value: number, flag: number, count: number): number;
}

/** Makes a machine. All machines of an instance share its memory. */
export type Make = (options: MachineOptions) => Machine;

/** The call buffer always has room for this many numbers. */
const NUMBERS = 256;
/** A packet has at most this many numbers beside the characters of its texts. */
const READ = 12;
/** The smallest number of a Socket.IO packet, and the one of the packet that probes a link, among those that the machine sends. */
const MESSAGE = 10;
const PROBE = 7;

/** Returns the position of a text in `CODES`. */
const codeOf = (text: string) => CODES.indexOf(text);

/** Returns a setting as a number: a text as its code, a list of texts as a number whose digits are their codes plus 1. */
const settingValue = (value: unknown): number =>
  Array.isArray(value) ? +value.map((text) => codeOf(text) + 1).join("") : typeof value === "string" ? codeOf(value) : Number(value);

/** Returns the factory of the machines of an instance; call it once for each instance. `values` are the values in its slots. */
export function machines(core: Exports, values: unknown[] = []): Make {
  /** Whether there was no call since `version` was read. */
  let isCurrent = false;
  /** Passes all arguments each time: engines call wasm fastest so. */
  const call = (op: Op, machine = 0, now = 0, index = 0, value = 0, flag = 0, count = 0) => {
    isCurrent = false;
    return core.call(op, machine, now, index, value, flag, count);
  };

  /** The empty slots. */
  const free: number[] = [];

  // ---- the call buffer ----

  let version = -1;
  let numbers: Float64Array;
  let numbersStart: number;
  /** The position of the next number. */
  let at: number;

  /** Goes to the beginning of the call buffer; makes a new view if it has moved. */
  const refreshView = (current = isCurrent ? version : call(Op.Version)) => {
    isCurrent = true;
    if (current !== version) {
      version = current;
      numbers = new Float64Array(core.memory.buffer);
      numbersStart = call(Op.Numbers) / 8;
    }
    at = numbersStart;
  };

  /** Goes to the beginning of the call buffer, with room for as many numbers. */
  const reserve = (count: number) => {
    if (count > NUMBERS) call(Op.Reserve, 0, 0, count);
    refreshView();
  };

  const put = (number: number) => {
    numbers[at++] = number;
  };

  /** Writes the count of a text's characters, and the characters. */
  const putText = (text: string) => {
    const characters = Array.from(text, (character) => character.codePointAt(0) as number);
    put(characters.length);
    characters.forEach(put);
  };

  /** Puts a value into a slot, and writes its number and size. */
  const putPayload = (value: unknown, size: number) => {
    const slot = free.length ? (free.pop() as number) : values.length;
    values[slot] = value;
    put(slot);
    put(size);
  };

  const putEvent = (payload: Payload, attachments: readonly Payload[]) => {
    reserve(2 + 2 * attachments.length);
    putPayload(payload, sizeOf(payload));
    for (const part of attachments) putPayload(part, sizeOf(part));
  };

  const putPackets = (packets: ReadPacket[]) => {
    reserve(packets.reduce((sum, { texts }) => sum + READ + texts.join("").length, 0));
    for (const { numbers, texts, payload, size } of packets) {
      numbers.forEach(put);
      texts.forEach(putText);
      if (payload !== undefined) putPayload(payload, size as number);
    }
  };

  // ---- the output of `poll`: one reader for each letter of a call's arguments ----

  const number = () => numbers[at++] as number;
  const flag = () => !!number();
  const code = () => CODES[number()];
  const repeat = <T>(count: number, read: () => T) => {
    const result: T[] = [];
    while (count--) result.push(read());
    return result;
  };
  const text = () => repeat(number(), () => String.fromCodePoint(number())).join("");
  const payload = () => {
    const slot = number();
    if (slot < 0) return undefined;
    const value = values[slot];
    const cut = number();
    return cut ? (value as string | ArrayBuffer).slice(cut) : value;
  };
  const list =
    <T>(read: () => T) =>
    () =>
      repeat(number(), read);
  const target = () => {
    const [transport, version, bodyVersion, sid] = [code(), code() as string, code(), text()];
    const query = `EIO=${version[3]}&transport=${transport}` + (sid && "&sid=" + encodeURIComponent(sid));
    return { transport, query, bodyVersion, sid: sid || undefined };
  };
  const frame = () => {
    const type = number();
    if (type < 0) return { binary: true, head: type < -1 ? String.fromCharCode(-1 - type) : "", payload: payload() };
    if (type < MESSAGE) return { binary: false, head: type === PROBE ? "2probe" : "" + type, payload: undefined };
    const [attachments, id, name, query, pid, offset, rest] = [number(), number(), text(), text(), text(), text(), payload()];
    const header = writeHeader(type - MESSAGE, attachments, query ? name + "?" + query : name, id);
    return { binary: false, head: pid ? header + writeSession(pid, offset, rest !== undefined) : header, payload: rest };
  };
  const reply = () => {
    const session = number();
    return session < 0 ? undefined : { session, id: number() };
  };
  const readers: Record<string, () => unknown> = {
    n: number,
    b: flag,
    c: code,
    s: text,
    p: payload,
    l: list(payload),
    t: target,
    f: frame,
    F: list(frame),
    r: reply,
  };
  const calls = HOST_CALLS.map((call) => {
    const [name, letters] = call.split(" ") as [keyof Host, string];
    return { name, read: letters.split("").map((letter) => readers[letter] as () => unknown) };
  });

  call(Op.Reserve, 0, 0, NUMBERS);

  // ---- machines ----

  const putOptions = (options: MachineOptions) => {
    refreshView();
    for (const name of SETTINGS) {
      const value = options[name as keyof MachineOptions];
      put(value === undefined ? -Infinity : settingValue(value));
    }
  };

  return (options) => {
    putOptions(options);
    const machine = call(Op.Create);
    let direct: Link = 0;
    let engineVersion: EngineVersion | undefined;
    /** Gives the machine an input: packets may not go past it until the next poll. */
    const input: typeof call = (op, ...args) => {
      direct = 0;
      engineVersion = undefined;
      return call(op, ...args);
    };
    const misuse = (result: number) => CODES[-2 - result] as Misuse;

    return {
      namespace(name, query) {
        reserve(2 + name.length + (query || "").length);
        putText(name);
        if (query !== undefined) putText(query);
        return call(Op.Namespace, machine, 0, 0, 0, +(query !== undefined));
      },
      connect: (now, nsp) => void input(Op.Connect, machine, now, nsp),
      authorize(now, nsp, auth) {
        refreshView();
        if (auth !== undefined) putPayload(auth, sizeOf(auth));
        input(Op.Authorize, machine, now, nsp, 0, +(auth !== undefined));
      },
      emit(now, nsp, payload, attachments, ack, delivery) {
        const tries = typeof delivery === "number" ? Math.min(delivery + 1, 0x7fffffff) : delivery === "volatile" ? -1 : 0;
        putEvent(payload, attachments);
        const result = input(Op.Emit, machine, now, nsp, ack === undefined ? NaN : ack, tries, attachments.length);
        return result < -1 ? misuse(result) : result;
      },
      reply(now, nsp, reply, payload, attachments) {
        putEvent(payload, attachments);
        const result = input(Op.Reply, machine, now, nsp, reply.id, reply.session, attachments.length);
        return result < -1 ? misuse(result) : undefined;
      },
      cancel: (now, nsp, ack) => void input(Op.Cancel, machine, now, nsp, ack),
      removeOffline: (nsp, at) => void input(Op.RemoveOffline, machine, 0, nsp, at),
      disconnect: (now, nsp) => void input(Op.Disconnect, machine, now, nsp),
      open: (now) => void input(Op.Open, machine, now),
      close: (now) => void input(Op.Close, machine, now),
      configure(options) {
        putOptions(options);
        input(Op.Configure, machine);
      },
      reopen: (now) => void input(Op.Reopen, machine, now),
      reportBadPayload: (now) => void input(Op.ReportBadPayload, machine, now),

      handleOpened: (now, link) => void input(Op.Opened, machine, now, link),
      handlePacket(now, link, data) {
        putPackets([readPacket(data)]);
        input(Op.Packet, machine, now, link);
      },
      handleResponse(now, link, version, frames) {
        putPackets(frames.map(readPacket));
        input(Op.Response, machine, now, link, 0, codeOf(version), frames.length);
      },
      handleLost: (now, link, how) => void input(Op.Lost, machine, now, link, 0, how === "failed" ? 0 : how === "closed" ? 1 : 2),
      handleHint: (now, hint) => void input(Op.Hint, machine, now, codeOf(hint)),
      handleTimeout: (now) => void input(Op.Timeout, machine, now),

      poll(host: Host) {
        for (;;) {
          const result = call(Op.Poll, machine);
          const kind = result % 64;
          refreshView((result - kind) / 64);
          if (!kind) break;
          const { name, read: readers } = calls[kind - 1] as (typeof calls)[0];
          (host[name] as (...args: unknown[]) => void)(...readers.map((argument) => argument()));
        }
        const next = number();
        direct = number();
        for (let count = number(); count--; ) {
          const slot = number();
          values[slot] = undefined;
          free.push(slot);
        }
        return next;
      },

      get direct() {
        return direct;
      },
      expect(now, nsp, limit) {
        const result = call(Op.Expect, machine, now, nsp, limit);
        return result < -1 ? misuse(result) : result;
      },
      answered: (nsp, ack, now) => !!(now ? input(Op.Answered, machine, now, nsp, ack, 1) : call(Op.Answered, machine, 0, nsp, ack)),
      noteEvent(now, nsp, offset) {
        reserve(1 + offset.length);
        putText(offset);
        call(Op.NoteEvent, machine, now, nsp);
      },
      session: (nsp) => call(Op.Session, machine, 0, nsp),
      recovers: () => !!call(Op.Recovers, machine),
      offline(nsp) {
        const count = call(Op.Offline, machine, 0, nsp);
        refreshView();
        return repeat(count, payload);
      },
      engineVersion: () => (engineVersion = engineVersion || (CODES[call(Op.EngineVersion, machine)] as EngineVersion | undefined)),
      backlog: () => call(Op.Backlog, machine),
      free: () => void call(Op.Free, machine),
    };
  };
}
