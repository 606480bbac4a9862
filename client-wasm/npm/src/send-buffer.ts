/** `socket.sendBuffer`: an array that shows the machine's buffer. What the application changes in it takes effect there. */

import type { Outgoing, Packet } from "./outgoing.js";

/** The socket, as its buffer knows it. */
export interface BufferOwner {
  /** Returns a number that changes when the buffer may have changed. */
  _turn(): number;
  /** Returns the buffered events, the oldest first. */
  _offline(): Outgoing[];
  /** Drops the event at a position of `_offline`. Its ack fails, unless the event is `again` emitted. */
  _dropBuffered(outgoing: Outgoing, at: number, again: boolean): void;
  /** Emits the event of a packet, with its ack if one is awaited. */
  _emitPacket(packet: Packet): void;
}

export class SendBuffer {
  /** The array that the application sees, and that it may replace. */
  _shown: Packet[] = [];
  /** The content of `_shown` before the application changed it. */
  private _known: Packet[] = [];
  private _turn = -1;

  constructor(private _owner: BufferOwner) {}

  /** Returns the array: the same each time. */
  _read(): Packet[] {
    if (this._turn !== this._owner._turn()) {
      this._apply();
      this._known = this._owner._offline().map((outgoing) => outgoing._packet());
      this._shown.length = 0;
      for (const packet of this._known) this._shown.push(packet);
      this._turn = this._owner._turn();
    }
    return this._shown;
  }

  /** Brings the changes to the machine. The order of the events is that of the array. */
  _apply(): void {
    const { _shown: shown, _known: known, _owner: owner } = this;
    if (shown.length === known.length && shown.every((packet, at) => packet === known[at])) return;
    this._known = shown.slice();
    const buffered = owner._offline();
    const [before, now] = [new Set(known), new Set(buffered.map((outgoing) => outgoing._packet()))];
    // Without the events that were sent or have failed since, and with those emitted since.
    const wanted = shown.filter((packet) => now.has(packet) || !before.has(packet));
    now.forEach((packet) => before.has(packet) || wanted.push(packet));
    let kept = 0;
    const dropped: number[] = [];
    buffered.forEach((outgoing, at) => {
      if (outgoing._packet() === wanted[kept]) kept++;
      else dropped.push(at);
    });
    const again = new Set(wanted.slice(kept));
    for (const at of dropped.reverse()) owner._dropBuffered(buffered[at] as Outgoing, at, again.has((buffered[at] as Outgoing)._packet()));
    again.forEach((packet) => owner._emitPacket(packet));
  }
}
