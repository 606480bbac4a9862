/** The machine of the exports of the core, be they wasm's or its JavaScript twin's: what `contract.ts` asks for. */

import type { Host, Machine, MachineOptions, Misuse, Payload } from "./contract.js";
import { CALLS, SETTINGS, WORDS } from "./layout.js";

/** What the core exports: `client-wasm/src/abi.rs` says what each is. */
export interface Exports {
  memory: { readonly buffer: ArrayBuffer };
  version(): number;
  numbers(): number;
  bytes(): number;
  text(): number;
  room(numbers: number, bytes: number): void;
  set(setting: number, value: number): void;
  create(): number;
  free(machine: number): void;
  namespace(machine: number, hasQuery: number): number;
  connect(machine: number, now: number, nsp: number): void;
  authorize(machine: number, now: number, nsp: number, hasAuth: number): void;
  emit(machine: number, now: number, nsp: number, ack: number, delivery: number, attachments: number): number;
  reply(machine: number, now: number, nsp: number, session: number, id: number, attachments: number): number;
  cancel(machine: number, now: number, nsp: number, ack: number): void;
  clear(machine: number, nsp: number): void;
  disconnect(machine: number, now: number, nsp: number): void;
  close(machine: number, now: number): void;
  opened(machine: number, now: number, link: number): void;
  packet(machine: number, now: number, link: number): void;
  answer(machine: number, now: number, link: number, form: number, frames: number): void;
  lost(machine: number, now: number, link: number, closed: number): void;
  hint(machine: number, now: number, word: number): void;
  timeout(machine: number, now: number): void;
  poll(machine: number): number;
  next(machine: number): number;
  connected(machine: number, nsp: number): number;
  offline(machine: number, nsp: number): void;
  generation(machine: number): number;
  transport(machine: number): number;
  backlog(machine: number): number;
  recovers(machine: number): number;
}

/** Makes a machine; all of one instance share its memory. */
export type Make = (options: MachineOptions) => Machine;

type Packet = string | ArrayBuffer | Uint8Array | undefined;

/** How many bytes of a packet's front the machine wants to see, and how many characters of its end at most. */
const HEAD = 512;
const TAIL = 128;

/** The place of a word; of anything else, its number. */
const code = (value: unknown) => (typeof value === "string" ? (WORDS as readonly string[]).indexOf(value) : Number(value));

/** What makes machines of an instance. */
export function machines(core: Exports): Make {
  /** What the slots hold, and which are free. */
  const values: unknown[] = [];
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
  const sit = () => {
    const seen = core.version();
    if (seen !== version) {
      version = seen;
      const { buffer } = core.memory;
      numbers = new Float64Array(buffer);
      bytes = new Uint8Array(buffer);
      numbersAt = core.numbers() / 8;
      bytesAt = core.bytes();
      textAt = core.text();
    }
    at = numbersAt;
    byte = bytesAt;
  };

  /** The same, with room for so much. */
  const spread = (numbers: number, bytes: number) => {
    core.room(numbers, bytes);
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
      const size = putText(data, HEAD);
      const tail = data.length > HEAD / 3 && core.recovers(machine);
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
  const word = () => WORDS[take()];
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
  const list =
    <T>(read: () => T) =>
    () => {
      const result: T[] = [];
      for (let count = take(); count--; ) result.push(read());
      return result;
    };
  const target = () => ({ transport: word(), query: text(), form: take(), sid: text() || undefined });
  const frame = () => ({ binary: flag(), head: text(), payload: payload() });
  const reply = () => {
    const session = take();
    return session < 0 ? undefined : { session, id: take() };
  };
  const payloads = list(payload);
  const readers: Record<string, () => unknown> = {
    n: take,
    b: flag,
    w: word,
    s: text,
    p: payload,
    l: payloads,
    t: target,
    f: frame,
    F: list(frame),
    r: reply,
  };
  const calls = CALLS.map(([name, letters]) => [name, letters.split("").map((of) => readers[of])] as [string, (() => unknown)[]]);

  const read = () => {
    sit();
    letter = textAt;
  };

  spread(64, 1024);

  // ---- machines ----

  return (options) => {
    SETTINGS.forEach((name, setting) => {
      for (const value of ([] as unknown[]).concat(options[name])) {
        if (value !== undefined) core.set(setting, code(value));
      }
    });
    const machine = core.create();
    /** Sizes count where something is kept, or sent in one body with others. */
    const counts = () => core.transport(machine) !== code("websocket");
    const misuse = (result: number) => WORDS[-2 - result] as Misuse;

    return {
      namespace(name, query) {
        spread(2, 3 * (name.length + (query || "").length));
        putText(name, Infinity);
        if (query !== undefined) putText(query, Infinity);
        return core.namespace(machine, +(query !== undefined));
      },
      connect: (now, nsp) => core.connect(machine, now, nsp),
      authorize(now, nsp, auth) {
        sit();
        if (auth !== undefined) putPayload(auth, sizeOf(auth, true));
        core.authorize(machine, now, nsp, +(auth !== undefined));
      },
      emit(now, nsp, payload, attachments, ack, delivery) {
        const tries = typeof delivery === "number" ? delivery + 1 : delivery === "volatile" ? -1 : 0;
        putEvent(payload, attachments, tries > 0 || counts());
        const result = core.emit(machine, now, nsp, ack === undefined ? NaN : ack, tries, attachments.length);
        return result < -1 ? misuse(result) : result;
      },
      reply(now, nsp, reply, payload, attachments) {
        putEvent(payload, attachments, counts());
        const result = core.reply(machine, now, nsp, reply.session, reply.id, attachments.length);
        return result < -1 ? misuse(result) : undefined;
      },
      cancel: (now, nsp, ack) => core.cancel(machine, now, nsp, ack),
      clearOffline: (nsp) => core.clear(machine, nsp),
      disconnect: (now, nsp) => core.disconnect(machine, now, nsp),
      close: (now) => core.close(machine, now),

      handleOpened: (now, link) => core.opened(machine, now, link),
      handlePacket(now, link, data) {
        sit();
        putPacket(machine, data);
        core.packet(machine, now, link);
      },
      handleAnswer(now, link, form, frames) {
        let room = 0;
        for (const data of frames) room += typeof data === "string" ? Math.min(3 * data.length, HEAD + 3) + 3 * TAIL : 1;
        spread(5 * frames.length, room);
        for (const data of frames) putPacket(machine, data);
        core.answer(machine, now, link, form, frames.length);
      },
      handleLost: (now, link, how) => core.lost(machine, now, link, +(how === "closed")),
      handleHint: (now, hint) => core.hint(machine, now, code(hint)),
      handleTimeout: (now) => core.timeout(machine, now),

      poll(host: Host) {
        for (let kind; (kind = core.poll(machine)); ) {
          read();
          const [name, letters] = calls[kind - 1] as [keyof Host, (() => unknown)[]];
          (host[name] as (...args: unknown[]) => void)(...letters.map((read) => read()));
        }
        read();
        for (let count = take(); count--; ) {
          const slot = take();
          values[slot] = undefined;
          free.push(slot);
        }
      },

      nextTimeout: () => core.next(machine),
      isConnected: (nsp) => !!core.connected(machine, nsp),
      offline(nsp) {
        core.offline(machine, nsp);
        read();
        return payloads();
      },
      generation: () => core.generation(machine) as 0 | 3 | 4,
      transport: () => WORDS[core.transport(machine)] as "polling" | "websocket" | undefined,
      backlog: () => core.backlog(machine),
      free: () => core.free(machine),
    };
  };
}

/** The size of a payload in bytes: of text in UTF-8 if that must be `exact`, and else in characters. */
function sizeOf(value: unknown, exact: boolean): number {
  if (typeof value === "string") {
    let size = value.length;
    for (let i = exact ? size : 0; i--; ) {
      const c = value.charCodeAt(i);
      // Two halves of a pair make four bytes.
      if (c > 0x7f) size += c < 0x800 || (c & 0xf800) === 0xd800 ? 1 : 2;
    }
    return size;
  }
  const sized = value as { byteLength?: number; size?: number } | undefined;
  return (sized && (sized.byteLength || sized.size)) || 0;
}
