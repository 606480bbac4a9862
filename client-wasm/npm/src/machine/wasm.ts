/** The machine of `contract.ts` over the exports of the core, in wasm or as JavaScript. */

import type { EngineVersion, Host, Link, Machine, MachineOptions, Misuse, Payload } from "./contract.js";
import { CODES, HOST_CALLS, Op, SETTINGS } from "./layout.js";
import { sizeOf } from "./size.js";

/** The exports of the core; `client-wasm/src/abi.rs` lists the arguments of each operation. */
export interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  call(op: Op, machine: number, now: number, index: number, value: number, flag: number, count: number): number;
}

/** Makes a machine. All machines of an instance share its memory. */
export type Make = (options: MachineOptions) => Machine;

type Packet = string | ArrayBuffer | Uint8Array | undefined;

/** The machine reads this many bytes of the front of a packet, and at most this many characters of its end. */
const HEAD = 512;
const TAIL = 128;

/** The call buffer always has room for this many numbers and bytes. */
const NUMBERS = 64;
const BYTES = 1024;

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
  let bytes: Uint8Array;
  let numbersStart: number;
  let bytesStart: number;
  let textStart: number;
  /** The positions of the next number and the next byte. */
  let at: number;
  let byte: number;
  /** The position of the next byte of the machine's text. */
  let textOffset: number;

  /** Goes to the beginning of the call buffer; makes new views if it has moved. */
  const refreshViews = (current = isCurrent ? version : call(Op.Version)) => {
    isCurrent = true;
    if (current !== version) {
      version = current;
      const { buffer } = core.memory;
      numbers = new Float64Array(buffer);
      bytes = new Uint8Array(buffer);
      numbersStart = call(Op.Numbers) / 8;
      bytesStart = call(Op.Bytes);
      textStart = call(Op.Text);
    }
    at = numbersStart;
    byte = bytesStart;
  };

  /** Goes to the beginning of the call buffer, with room for `numbers` and `bytes`. */
  const reserve = (numbers: number, bytes: number) => {
    if (numbers > NUMBERS || bytes > BYTES) call(Op.Reserve, 0, 0, numbers, 0, bytes);
    refreshViews();
  };

  const put = (number: number) => {
    numbers[at++] = number;
  };

  /** Writes the first `limit` bytes of a text, in UTF-8. Returns at least the size of the whole text: the rest counts by characters. */
  const putText = (text: string, limit: number): number => {
    const start = byte;
    const end = start + limit;
    const { length } = text;
    let i = 0;
    for (; i < length && byte < end; i++) {
      let c = text.charCodeAt(i);
      if (c < 0x80) {
        bytes[byte++] = c;
      } else if (c < 0x800) {
        bytes[byte++] = 0xc0 | (c >> 6);
        bytes[byte++] = 0x80 | (c & 63);
      } else {
        if ((c & 0xf800) === 0xd800) {
          const low = text.charCodeAt(i + 1);
          if (c < 0xdc00 && (low & 0xfc00) === 0xdc00) {
            i++;
            c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff);
            bytes[byte++] = 0xf0 | (c >> 18);
            bytes[byte++] = 0x80 | ((c >> 12) & 63);
          } else {
            c = 0xfffd;
          }
        }
        if (c < 0x10000) bytes[byte++] = 0xe0 | (c >> 12);
        bytes[byte++] = 0x80 | ((c >> 6) & 63);
        bytes[byte++] = 0x80 | (c & 63);
      }
    }
    const size = byte - start + length - i;
    if (byte > end) byte = end;
    put(byte - start);
    return size;
  };

  /** Puts a value into a slot, and writes its number and size. */
  const putPayload = (value: unknown, size: number) => {
    const slot = free.length ? (free.pop() as number) : values.length;
    values[slot] = value;
    put(slot);
    put(size);
  };

  const putEvent = (payload: Payload, attachments: readonly Payload[]) => {
    reserve(2 + 2 * attachments.length, 0);
    for (const part of [payload].concat(attachments)) putPayload(part, sizeOf(part));
  };

  const putPacket = (machine: number, data: Packet) => {
    if (typeof data === "string") {
      put(0);
      const size = putText(data, HEAD);
      // The machine needs no tail of a packet that the head shows whole.
      const tail = numbers[at - 1] !== size && call(Op.Recovers, machine);
      putText(tail ? data.slice(-TAIL) : "", 3 * TAIL);
      putPayload(data, size);
    } else if (data) {
      put(1);
      const size = data.byteLength;
      if (size) bytes[byte++] = new Uint8Array((data as Uint8Array).buffer || data, (data as Uint8Array).byteOffset || 0, 1)[0] as number;
      put(size && 1);
      put(0);
      putPayload(data, size);
    } else {
      put(2);
    }
  };

  // ---- the output of `poll`: one reader for each letter of a call's arguments ----

  const number = () => numbers[at++] as number;
  const flag = () => !!number();
  const code = () => CODES[number()];
  const text = () => {
    const end = textOffset + number();
    let result = "";
    while (textOffset < end) {
      let c = bytes[textOffset++] as number;
      if (c > 0x7f) {
        // The first byte has one more leading 1 than bytes follow it.
        for (let more = c > 0xef ? 3 : c > 0xdf ? 2 : 1, i = ((c &= 0x3f >> more), more); i--; ) {
          c = (c << 6) | ((bytes[textOffset++] as number) & 63);
        }
      }
      result += String.fromCodePoint(c);
    }
    return result;
  };
  const payload = () => {
    const slot = number();
    if (slot < 0) return undefined;
    const value = values[slot];
    const cut = number();
    return cut ? (value as string | ArrayBuffer).slice(cut) : value;
  };
  const repeat = <T>(count: number, read: () => T) => {
    const result: T[] = [];
    while (count--) result.push(read());
    return result;
  };
  const list =
    <T>(read: () => T) =>
    () =>
      repeat(number(), read);
  const target = () => ({ transport: code(), query: text(), bodyVersion: code(), sid: text() || undefined });
  const frame = () => ({ binary: flag(), head: text(), payload: payload() });
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

  const startReading = (version?: number) => {
    refreshViews(version);
    textOffset = textStart;
  };

  call(Op.Reserve, 0, 0, NUMBERS, 0, BYTES);

  // ---- machines ----

  const putOptions = (options: MachineOptions) => {
    refreshViews();
    for (const name of SETTINGS) {
      const value = options[name as keyof MachineOptions];
      put(value === undefined ? -Infinity : settingValue(value));
    }
  };

  return (options) => {
    putOptions(options);
    const machine = call(Op.Create);
    let direct: Link = 0;
    /** Gives the machine an input: packets may not go past it until the next poll. */
    const input: typeof call = (op, ...args) => {
      direct = 0;
      return call(op, ...args);
    };
    const misuse = (result: number) => CODES[-2 - result] as Misuse;

    return {
      namespace(name, query) {
        reserve(2, 3 * (name.length + (query || "").length));
        putText(name, Infinity);
        if (query !== undefined) putText(query, Infinity);
        return call(Op.Namespace, machine, 0, 0, 0, +(query !== undefined));
      },
      connect: (now, nsp) => void input(Op.Connect, machine, now, nsp),
      authorize(now, nsp, auth) {
        refreshViews();
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
        refreshViews();
        putPacket(machine, data);
        input(Op.Packet, machine, now, link);
      },
      handleResponse(now, link, version, frames) {
        let room = 0;
        for (const data of frames) room += typeof data === "string" ? Math.min(3 * data.length, HEAD + 3) + 3 * TAIL : 1;
        reserve(5 * frames.length, room);
        for (const data of frames) putPacket(machine, data);
        input(Op.Response, machine, now, link, 0, codeOf(version), frames.length);
      },
      handleLost: (now, link, how) => void input(Op.Lost, machine, now, link, 0, how === "failed" ? 0 : how === "closed" ? 1 : 2),
      handleHint: (now, hint) => void input(Op.Hint, machine, now, codeOf(hint)),
      handleTimeout: (now) => void input(Op.Timeout, machine, now),

      poll(host: Host) {
        for (;;) {
          const result = call(Op.Poll, machine);
          const kind = result % 64;
          startReading((result - kind) / 64);
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
      noteEvent(now, nsp, text) {
        refreshViews();
        putText(text.slice(-TAIL), 3 * TAIL);
        call(Op.NoteEvent, machine, now, nsp);
      },
      session: (nsp) => call(Op.Session, machine, 0, nsp),
      recovers: () => !!call(Op.Recovers, machine),
      offline(nsp) {
        const count = call(Op.Offline, machine, 0, nsp);
        startReading();
        return repeat(count, payload);
      },
      engineVersion: () => CODES[call(Op.EngineVersion, machine)] as EngineVersion | undefined,
      backlog: () => call(Op.Backlog, machine),
      free: () => void call(Op.Free, machine),
    };
  };
}
