/**
 * The direct lane: events and acks that do not go through the machine, because a call of it costs more than they do. The machine says after
 * each `poll` for which link that makes no difference (`Machine.direct`); `client-core/src/client/direct.rs` has the rules.
 */

import { reconstruct } from "./binary.js";
import { type Header, isEventName, readHeader, TAIL } from "./canonical.js";
import type { ManagerLike, SocketLike } from "./connection-types.js";
import type { EngineVersion, Link, Machine, Nsp } from "./machine/contract.js";
import { throwLater } from "./platform.js";
import type { InFrame } from "./polling-payload.js";
import type { Session } from "./session.js";
import type { Frame } from "./wires.js";

/** The owner of the lane. */
export interface LaneHost {
  readonly _session: Session;
  _toBinaryType(data: unknown): unknown;
  /** Calls the listeners of an event, or the function of an ack. */
  _deliver(packet: DirectPacket): void;
}

/** An event or ack past the machine. */
export interface DirectPacket {
  header: Header;
  socket: SocketLike;
  /** The number of the namespace's connection. */
  session: number;
  args: unknown[];
  /** The packet as it is on the wire; the head alone from a custom parser. */
  text: string;
}

/** A packet that waits for its attachments. The machine is shown it if something else comes. */
interface Held {
  packet: DirectPacket;
  link: Link;
  parts: (ArrayBuffer | Uint8Array)[];
  /** An upper bound, in bytes. */
  size: number;
}

/** An offset that fits into the end of a packet even if each character is escaped. */
const SHORT_OFFSET = 20;

/** The most bytes of a packet of a custom parser, as the machine sees it: without its arguments. */
const MOST_HEAD = 1000;

/** Limits of a packet, in bytes and in attachments. A larger one goes through the machine, which may have higher limits. */
const MAX_BYTES = 1 << 24;
const MAX_ATTACHMENTS = 10;

export class Lane {
  private _machine: Machine;
  private _held: Held | undefined;
  /** The last offset for recovery of each namespace, if the machine has not seen it. */
  private _offsets = new Map<Nsp, string>();
  /** Whether a namespace can be recovered. */
  private _recovers: boolean | undefined;
  private _version: EngineVersion | undefined;

  constructor(
    private _host: LaneHost,
    private _session: Session,
    private _manager: ManagerLike,
  ) {
    this._machine = _session._machine;
  }

  /** The machine has connected a namespace. One that has no name as on the wire has no lane. */
  _join(socket: SocketLike): void {
    this._version = this._machine.engineVersion();
    this._recovers = this._machine.recovers();
    if (socket.nsp[0] === "/") socket._session = this._machine.session(socket._nsp);
  }

  /** Returns the link to which an event or ack of the socket may be written; 0 for none. */
  _linkFor(socket: SocketLike, attachments: number): Link {
    return socket._session && socket.connected && this._fits(0, attachments) && this._session._isInTime() ? this._machine.direct : 0;
  }

  /**
   * Takes a frame of a WebSocket, or the head and the arguments of what a custom parser has decoded from it. Returns false if the machine is
   * to see it.
   */
  _take(link: Link, frame: Frame | undefined, args?: unknown[]): boolean {
    if (link !== this._machine.direct || !this._session._isInTime()) return false;
    this._note();
    const held = this._held;
    return typeof frame === "string" ? !held && this._takeText(link, frame, args) : !!held && this._takePart(held, frame as Uint8Array);
  }

  /** Takes packets from the front of a polling body, and calls `then` for each. Returns the rest, for the machine. */
  _takeBody(link: Link, version: EngineVersion, frames: InFrame[], then: (packet: DirectPacket) => void): InFrame[] {
    const isDirect = link === this._machine.direct && version === this._version && this._session._isInTime();
    const end = frames.findIndex((frame) => {
      const packet = isDirect && typeof frame === "string" && this._read(frame);
      if (!packet || packet.header.attachments || !this._settles(packet)) return true;
      this._note();
      then(packet);
      return false;
    });
    return end < 0 ? [] : frames.slice(end);
  }

  /** Tells the machine what it has missed, before it sees a packet or is asked for a CONNECT. */
  _catchUp(link?: Link): void {
    const now = this._session._now();
    const held = this._held;
    this._held = undefined;
    this._offsets.forEach((offset, nsp) => this._machine.noteEvent(now, nsp, offset));
    this._offsets.clear();
    if (held && held.link === link) for (const frame of [held.packet.text, ...held.parts]) this._machine.handlePacket(now, link, frame);
  }

  /** A 2.x server is alive while it sends packets. */
  private _note(): void {
    if (this._version === "eio3") this._machine.noteEvent(this._session._now(), 0, "");
  }

  /** Returns whether the machine would accept a packet. */
  private _fits(bytes: number, attachments: number): boolean {
    const { maxPacketBytes = MAX_BYTES, maxAttachments = MAX_ATTACHMENTS } = this._session._options;
    return bytes <= MAX_BYTES && bytes <= maxPacketBytes && attachments <= MAX_ATTACHMENTS && attachments <= maxAttachments;
  }

  private _read(text: string, given?: unknown[]): DirectPacket | undefined {
    const header = readHeader(text);
    const socket = header && this._manager.nsps[header.name];
    // A character is at most three bytes.
    if (!socket || !socket._session || !this._fits(given ? MOST_HEAD : text.length * 3, header.attachments)) return undefined;
    try {
      const args: unknown[] = given || JSON.parse(text.slice(header.length));
      return given || header.isAck || isEventName(args[0]) ? { header, socket, session: socket._session, args, text } : undefined;
    } catch {
      return undefined;
    }
  }

  private _takeText(link: Link, text: string, args: unknown[] | undefined): boolean {
    const packet = this._read(text, args);
    if (!packet) return false;
    if (!packet.header.attachments) return this._finish(packet);
    this._held = { packet, link, parts: [], size: text.length * 3 };
    return true;
  }

  private _takePart(held: Held, part: ArrayBuffer | Uint8Array): boolean {
    const { parts, packet } = held;
    const isOld = this._version === "eio3";
    held.size += part.byteLength;
    if (!this._fits(held.size, 0) || (isOld && new Uint8Array(part.slice(0, 1))[0] !== 4)) return false;
    if (parts.length + 1 < packet.header.attachments) return !!parts.push(part);
    if (!packet.socket._session) return false;
    try {
      const contents = parts.concat(part as Uint8Array);
      reconstruct(packet.args, (isOld ? contents.map((content) => content.slice(1)) : contents).map(this._host._toBinaryType));
    } catch {
      return false;
    }
    this._held = undefined;
    if (this._finish(packet)) return true;
    this._held = held;
    return false;
  }

  private _finish(packet: DirectPacket): boolean {
    if (!this._settles(packet) && !this._settlesRetried(packet)) return false;
    try {
      this._host._deliver(packet);
    } catch (error) {
      throwLater(error);
    }
    return true;
  }

  /** Settles the ack of an event with retries. The next one is sent before the application hears of it, as by the machine. */
  private _settlesRetried({ header, socket }: DirectPacket): boolean {
    if (!header.isAck || !this._machine.answered(socket._nsp, header.id, this._session._now())) return false;
    this._session._settle();
    return true;
  }

  /** Brings what the machine knows up to date with a packet. Returns false if the machine is to see it. */
  private _settles({ header, socket, args, text }: DirectPacket): boolean {
    if (header.isAck) return this._machine.answered(socket._nsp, header.id);
    const last = args[args.length - 1];
    if (this._recovers && typeof last === "string") {
      if (last.length > SHORT_OFFSET && text.slice(-TAIL).indexOf(`,"${last}"`) < 0) return false;
      this._offsets.set(socket._nsp, last);
    }
    return true;
  }
}
