/** The machine of the exports of the core, be they wasm's or its JavaScript twin's: what `contract.ts` asks for. */

import type { Host, Machine, MachineOptions, Misuse, Payload } from "./contract.js";
import { HOST_CALLS, Op, SETTINGS, CODES } from "./layout.js";
import { sizeOf } from "./size.js";

/** What the core exports: `client-wasm/src/abi.rs` says what each operation does with its arguments. */
export interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  call(op: Op, machine: number, now: number, place: number, value: number, flag: number, count: number): number;
}

/** Makes a machine; all of one instance share its memory. */
export type Make = (options: MachineOptions) => Machine;

type Packet = string | ArrayBuffer | Uint8Array | undefined;

/** How many bytes of a packet's front the machine wants to see, and how many characters of its end at most. */
const HEAD = 512;
const TAIL = 128;

/** How many numbers and bytes the desk always has room for. */
const NUMBERS = 64;
const BYTES = 1024;

const place = (word: string) => CODES.indexOf(word);

/** How many bytes to show of a text: of an event or an answer no more than its head, and what tells a reserved name. */
function front(text: string): number {
  const type = text.slice(0, 2);
  const end = type === "42" || type === "43" ? text.indexOf("[", text[2] === "/" ? text.indexOf(",") : 2) : -1;
  return end < 0 || end > HEAD / 3 ? HEAD : end + 32;
}

/** A setting as a number: of a word its place, of several words the digits that are their places, counted from 1. */
const code = (value: unknown): number =>
  Array.isArray(value) ? +value.map((word) => place(word) + 1).join("") : typeof value === "string" ? place(value) : Number(value);

/** What makes machines of an instance; to be called once for each. `values` is what its slots hold. */
export function machines(core: Exports, values: unknown[] = []): Make {
  /** Whether nothing was asked for since the desk's version was seen. */
  let isSeen = false;
  /** All arguments every time: engines call wasm fastest so. */
  const call = (op: Op, machine = 0, now = 0, place = 0, value = 0, flag = 0, count = 0) => {
    isSeen = false;
    return core.call(op, machine, now, place, value, flag, count);
  };

  /** The slots that hold nothing. */
  const free: number[] = [];

  // ---- the desk ----

  let version = -1;
  let numbers: Float64Array;
  let bytes: Uint8Array;
  let numbersAt: number;
  let bytesAt: number;
  let textAt: number;
  /** Where the next number and the next byte are. */
  let at: number;
  let byte: number;
  /** Where the next byte of the machine's text is. */
  let letter: number;

  /** Goes to the beginning of the desk, wherever it is by now. */
  const sit = (seen = isSeen ? version : call(Op.Version)) => {
    isSeen = true;
    if (seen !== version) {
      version = seen;
      const { buffer } = core.memory;
      numbers = new Float64Array(buffer);
      bytes = new Uint8Array(buffer);
      numbersAt = call(Op.Numbers) / 8;
      bytesAt = call(Op.Bytes);
      textAt = call(Op.Text);
    }
    at = numbersAt;
    byte = bytesAt;
  };

  /** The same, with room for so much. */
  const spread = (numbers: number, bytes: number) => {
    if (numbers > NUMBERS || bytes > BYTES) call(Op.Room, 0, 0, numbers, 0, bytes);
    sit();
  };

  const put = (number: number) => {
    numbers[at++] = number;
  };

  /** Lays down the first `limit` bytes of a text, in UTF-8. Returns the size of the whole, at least: what is not laid down counts by characters. */
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

  /** Gives a value to the machine. */
  const putPayload = (value: unknown, size: number) => {
    const slot = free.length ? (free.pop() as number) : values.length;
    values[slot] = value;
    put(slot);
    put(size);
  };

  const putEvent = (payload: Payload, attachments: Payload[], exact: boolean) => {
    spread(2 + 2 * attachments.length, 0);
    putPayload(payload, sizeOf(payload, exact));
    for (const attachment of attachments) putPayload(attachment, sizeOf(attachment, exact));
  };

  const putPacket = (machine: number, data: Packet) => {
    if (typeof data === "string") {
      put(0);
      const size = putText(data, front(data));
      // Where the machine sees a packet whole, it finds the end by itself.
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

  // ---- what `poll` lays down: one reader for each letter of a call's arguments ----

  const take = () => numbers[at++] as number;
  const flag = () => !!take();
  const word = () => CODES[take()];
  const text = () => {
    const end = letter + take();
    let result = "";
    while (letter < end) {
      let c = bytes[letter++] as number;
      if (c > 0x7f) {
        // As many bytes follow as the first has ones behind its first.
        for (let more = c > 0xef ? 3 : c > 0xdf ? 2 : 1, i = ((c &= 0x3f >> more), more); i--; ) {
          c = (c << 6) | ((bytes[letter++] as number) & 63);
        }
      }
      result += String.fromCodePoint(c);
    }
    return result;
  };
  const payload = () => {
    const slot = take();
    if (slot < 0) return undefined;
    const value = values[slot];
    const cut = take();
    return cut ? (value as string | ArrayBuffer).slice(cut) : value;
  };
  const several = <T>(count: number, read: () => T) => {
    const result: T[] = [];
    while (count--) result.push(read());
    return result;
  };
  const list =
    <T>(read: () => T) =>
    () =>
      several(take(), read);
  const target = () => ({ transport: word(), query: text(), form: take(), sid: text() || undefined });
  const frame = () => ({ binary: flag(), head: text(), payload: payload() });
  const reply = () => {
    const session = take();
    return session < 0 ? undefined : { session, id: take() };
  };
  const readers: Record<string, () => unknown> = {
    n: take,
    b: flag,
    w: word,
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

  const read = (version?: number) => {
    sit(version);
    letter = textAt;
  };

  call(Op.Room, 0, 0, NUMBERS, 0, BYTES);

  // ---- machines ----

  const set = (options: MachineOptions) =>
    SETTINGS.forEach((name, setting) => {
      const value = options[name as keyof MachineOptions];
      if (value !== undefined) call(Op.Set, 0, 0, setting, code(value));
    });

  return (options) => {
    set(options);
    const machine = call(Op.Create);
    /** Sizes count where something is kept, or sent in one body with others; some payloads know theirs. */
    const counts = (payload: Payload) => typeof payload === "string" && call(Op.Transport, machine) !== place("websocket");
    const misuse = (result: number) => CODES[-2 - result] as Misuse;

    return {
      namespace(name, query) {
        spread(2, 3 * (name.length + (query || "").length));
        putText(name, Infinity);
        if (query !== undefined) putText(query, Infinity);
        return call(Op.Namespace, machine, 0, 0, 0, +(query !== undefined));
      },
      connect: (now, nsp) => void call(Op.Connect, machine, now, nsp),
      authorize(now, nsp, auth) {
        sit();
        if (auth !== undefined) putPayload(auth, sizeOf(auth, true));
        call(Op.Authorize, machine, now, nsp, 0, +(auth !== undefined));
      },
      emit(now, nsp, payload, attachments, ack, delivery) {
        const tries = typeof delivery === "number" ? delivery + 1 : delivery === "volatile" ? -1 : 0;
        putEvent(payload, attachments, tries > 0 || counts(payload));
        const result = call(Op.Emit, machine, now, nsp, ack === undefined ? NaN : ack, tries, attachments.length);
        return result < -1 ? misuse(result) : result;
      },
      reply(now, nsp, reply, payload, attachments) {
        putEvent(payload, attachments, counts(payload));
        const result = call(Op.Reply, machine, now, nsp, reply.id, reply.session, attachments.length);
        return result < -1 ? misuse(result) : undefined;
      },
      cancel: (now, nsp, ack) => void call(Op.Cancel, machine, now, nsp, ack),
      clearOffline: (nsp) => void call(Op.Clear, machine, 0, nsp),
      disconnect: (now, nsp) => void call(Op.Disconnect, machine, now, nsp),
      open: (now) => void call(Op.Open, machine, now),
      close: (now) => void call(Op.Close, machine, now),
      configure(options) {
        set(options);
        call(Op.Configure, machine);
      },
      reject: (now) => void call(Op.Reject, machine, now),

      handleOpened: (now, link) => void call(Op.Opened, machine, now, link),
      handlePacket(now, link, data) {
        sit();
        putPacket(machine, data);
        call(Op.Packet, machine, now, link);
      },
      handleAnswer(now, link, form, frames) {
        let room = 0;
        for (const data of frames) room += typeof data === "string" ? Math.min(3 * data.length, HEAD + 3) + 3 * TAIL : 1;
        spread(5 * frames.length, room);
        for (const data of frames) putPacket(machine, data);
        call(Op.Answer, machine, now, link, 0, form, frames.length);
      },
      handleLost: (now, link, how) => void call(Op.Lost, machine, now, link, 0, +(how === "closed")),
      handleHint: (now, hint) => void call(Op.Hint, machine, now, place(hint)),
      handleTimeout: (now) => void call(Op.Timeout, machine, now),

      poll(host: Host) {
        for (;;) {
          const said = call(Op.Poll, machine);
          const kind = said % 64;
          read((said - kind) / 64);
          if (!kind) break;
          const { name, read: readers } = calls[kind - 1] as (typeof calls)[0];
          (host[name] as (...args: unknown[]) => void)(...readers.map((argument) => argument()));
        }
        const next = take();
        for (let count = take(); count--; ) {
          const slot = take();
          values[slot] = undefined;
          free.push(slot);
        }
        return next;
      },

      isConnected: (nsp) => !!call(Op.Connected, machine, 0, nsp),
      offline(nsp) {
        const count = call(Op.Offline, machine, 0, nsp);
        read();
        return several(count, payload);
      },
      generation: () => call(Op.Generation, machine) as 0 | 3 | 4,
      transport: () => CODES[call(Op.Transport, machine)] as "polling" | "websocket" | undefined,
      backlog: () => call(Op.Backlog, machine),
      free: () => void call(Op.Free, machine),
    };
  };
}
