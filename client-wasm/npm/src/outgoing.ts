/** An event or an ack to send: the payload that the machine carries. It reads only the size. */

import { sizeOf } from "./machine/size.js";

/** A packet as custom parsers take it. */
export interface Packet {
  type: number;
  nsp: string;
  data?: any;
  id?: number;
  options?: { compress?: boolean };
}

export class Outgoing {
  id: number | undefined;
  /** The packets of a custom parser. */
  _encoded: unknown[] | undefined;
  private _shown: Packet | undefined;

  constructor(
    /** The Socket.IO packet type: EVENT or ACK. */
    readonly type: number,
    readonly nsp: string,
    readonly data: unknown[],
    readonly compress: boolean,
    private _text: string,
    /** Whether the `onAnyOutgoing` listeners were called; an ack has none. */
    public _isAnnounced: boolean,
  ) {}

  /** In bytes. Most events go past the machine, which alone asks for it. */
  get size(): number {
    return (this._encoded || [this._text]).reduce<number>((size, part) => size + sizeOf(part), 0);
  }

  /** Returns the packet for parsers and `sendBuffer`: the same one for the same id. */
  _packet(id = this.id): Packet {
    const known = this._shown;
    if (known && known.id === id) return known;
    const packet: Packet = { type: this.type, nsp: this.nsp, data: this.data, options: { compress: this.compress } };
    if (id !== undefined) packet.id = id;
    return (this._shown = packet);
  }

  /** The JSON that follows the head of a frame. */
  toString(): string {
    return this._text;
  }
}
