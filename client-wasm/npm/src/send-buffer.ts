/** `socket.sendBuffer`: an array that shows the machine's buffer. What the application changes in it takes effect there. */

import type { Acks } from "./acks.js";
import type { Nsp } from "./machine/contract.js";
import type { Outgoing, Packet } from "./outgoing.js";

/** The socket, as its buffer knows it. */
export interface BufferOwner {
  readonly _nsp: Nsp;
  readonly _acks: Acks;
  readonly _connection: Buffering;
  /** Emits the event of a packet, with its ack if one is awaited. */
  _emitPacket(packet: Packet): void;
}

/** The connection, as far as it buffers events. */
interface Buffering {
  /** `_turn` changes when the buffer may have changed. */
  readonly _session: { readonly _turn: number };
  /** Returns the buffered events, the oldest first. */
  _offline(nsp: Nsp): Outgoing[];
  _removeOffline(nsp: Nsp, ack: number | undefined, at: number): void;
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
    const { _connection: connection, _nsp: nsp } = this._owner;
    if (this._turn !== connection._session._turn) {
      this._apply();
      this._known = connection._offline(nsp).map((outgoing) => outgoing._packet());
      this._shown.length = 0;
      for (const packet of this._known) this._shown.push(packet);
      this._turn = connection._session._turn;
    }
    return this._shown;
  }

  /** Brings the changes to the machine. The order of the events is that of the array. */
  _apply(): void {
    const { _shown: shown, _known: known, _owner: owner } = this;
    if (shown.length === known.length && shown.every((packet, at) => packet === known[at])) return;
    this._known = shown.slice();
    const { _connection: connection, _nsp: nsp } = owner;
    const buffered = connection._offline(nsp);
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
    for (const at of dropped.reverse()) {
      const outgoing = buffered[at] as Outgoing;
      const { id } = outgoing;
      connection._removeOffline(nsp, id, at);
      if (id !== undefined && !again.has(outgoing._packet())) owner._acks._lose(id, "dropped");
    }
    again.forEach((packet) => owner._emitPacket(packet));
  }
}
