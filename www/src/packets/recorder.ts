/** Turns the packets of a connection into lines of the timeline: joins attachments with their event, and acks with what they answer. */

import { bytesOf } from "../values/bytes.js";
import { type DecodedPacket, decode, withAttachments } from "./decode.js";
import { type Direction, type Draft, type Entry, type Kind, nextNumber } from "./entry.js";

/** Characters or bytes of a message that a line keeps. */
const MAX_RAW = 100_000;

/** Events that may wait for their ack; the oldest is forgotten. */
const MAX_WAITING = 1000;

/** The packet types of Engine.IO, each at its digit on the wire. */
const ENGINE_TYPES = ["open", "close", "ping", "pong", "message", "upgrade", "noop"];

const KIND_OF: Record<DecodedPacket["type"], Kind> = {
  connect: "namespace",
  disconnect: "namespace",
  event: "event",
  ack: "ack",
  refusal: "namespace",
};

/** An Engine.IO packet, as the package's engine tells it. */
export interface EnginePacket {
  type: string;
  data?: unknown;
}

/** An event that waits for its ack. */
interface Waiting {
  name: string;
  time: number;
}

export class Recorder {
  /** The last event of each direction whose attachments are missing. */
  private readonly open: Partial<Record<Direction, { entry: Entry; data: unknown; attachments: Uint8Array[] }>> = {};
  private readonly waiting = new Map<string, Waiting>();
  private pinged: number | undefined;

  /** `add` is called for a new line, `change` if a line got its attachments. */
  constructor(
    private readonly add: (entry: Entry) => void,
    private readonly change: (entry: Entry) => void,
    /** Called with each measured round trip in milliseconds, and what was measured. */
    private readonly measured: (milliseconds: number, by: "ping" | "connect" | "ack") => void,
  ) {}

  /** Adds a line that is not a packet. */
  note(draft: Draft, time: number): Entry {
    const entry: Entry = { number: nextNumber(), time, direction: "none", namespace: "", args: [], raw: [], size: 0, missing: 0, ...draft };
    this.add(entry);
    return entry;
  }

  /** Reads a packet that was received or is being sent. */
  packet(direction: "in" | "out", { type, data }: EnginePacket, time: number): void {
    if (type === "message" && typeof data !== "string" && data != null) this.attachment(direction, bytesOf(data as ArrayBuffer), time);
    else if (type === "message") this.message(direction, String(data), time);
    else this.engine(direction, type, data, time);
  }

  /** Forgets the events that wait for acks or attachments, because the connection is lost. */
  lost(): void {
    this.open.in = this.open.out = this.pinged = undefined;
    this.waiting.clear();
  }

  private engine(direction: "in" | "out", type: string, data: unknown, time: number): void {
    const text = data === undefined ? "" : String(data);
    const isHeartbeat = type === "ping" || type === "pong";
    if (type === "ping" && direction === "out") this.pinged = time;
    if (type === "pong" && direction === "in" && this.pinged !== undefined) this.measured(time - this.pinged, "ping");
    const args = type === "open" ? [parsed(text)] : text ? [text] : [];
    this.note(
      {
        direction,
        kind: isHeartbeat ? "heartbeat" : "connection",
        name: type,
        args,
        raw: [cut(ENGINE_TYPES.indexOf(type) + text)],
        size: text.length + 1,
      },
      time,
    );
  }

  private message(direction: "in" | "out", text: string, time: number): void {
    const packet = decode(text);
    const base = { direction, raw: [cut(`4${text}`)], size: text.length + 1 };
    if (!packet) {
      this.note({ ...base, kind: "problem", name: "unreadable" }, time);
      return;
    }
    const { type, namespace, id, attachments, data } = packet;
    const [name, args] = content(packet);
    const took = this.time(direction, packet, name, time);
    const draft = { ...base, kind: KIND_OF[type], namespace, id, missing: attachments };
    const entry = this.note({ ...draft, name: took ? took.name : name, args, took: took?.milliseconds }, time);
    if (attachments) this.open[direction] = { entry, data, attachments: [] };
  }

  private attachment(direction: "in" | "out", bytes: Uint8Array, time: number): void {
    const open = this.open[direction];
    if (!open) {
      this.note(
        { direction, kind: "problem", name: "attachment", args: [bytes.slice(0, MAX_RAW)], raw: [cutBytes(bytes)], size: bytes.length },
        time,
      );
      return;
    }
    const { entry, attachments } = open;
    // A copy: the application may change what it sends, and a view may keep a large buffer.
    attachments.push(cutBytes(bytes));
    entry.raw.push(attachments.at(-1) as Uint8Array);
    entry.size += bytes.length;
    entry.missing--;
    if (entry.missing > 0) return;
    this.open[direction] = undefined;
    entry.args = list(withAttachments(open.data, attachments)).slice(entry.kind === "event" ? 1 : 0);
    this.change(entry);
  }

  /** Remembers events with an ack id, and measures their acks. */
  private time(
    direction: "in" | "out",
    { type, namespace, id }: DecodedPacket,
    name: string,
    time: number,
  ): { name: string; milliseconds: number } | undefined {
    const key = `${type === "ack" ? opposite(direction) : direction} ${namespace} ${type === "connect" ? "connect" : id}`;
    if (type === "connect" && direction === "in") {
      const sent = this.take(`out ${namespace} connect`);
      if (sent) this.measured(time - sent.time, "connect");
    } else if (type === "ack") {
      const sent = this.take(key);
      if (sent && direction === "in") this.measured(time - sent.time, "ack");
      return sent && { name: sent.name, milliseconds: time - sent.time };
    } else if (id !== undefined || type === "connect") {
      this.waiting.set(key, { name, time });
      if (this.waiting.size > MAX_WAITING) this.waiting.delete(this.waiting.keys().next().value as string);
    }
    return undefined;
  }

  private take(key: string): Waiting | undefined {
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    return waiting;
  }
}

/** Returns the name of a packet's line, and its arguments. */
function content({ type, data }: DecodedPacket): [name: string, args: unknown[]] {
  if (type === "event") return [String(list(data)[0]), list(data).slice(1)];
  return [type, type === "ack" ? list(data) : data === undefined ? [] : [data]];
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : [value]);
const opposite = (direction: "in" | "out") => (direction === "in" ? "out" : "in");
const cut = (text: string) => (text.length > MAX_RAW ? `${text.slice(0, MAX_RAW)}…` : text);
const cutBytes = (bytes: Uint8Array) => bytes.slice(0, MAX_RAW);

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
