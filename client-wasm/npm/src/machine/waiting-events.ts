/** Namespaces and events that wait for the machine's code or core: bounded as the machine bounds those that wait for a connection. */

import type { Delivery, MachineOptions, Misuse, Nsp, Payload } from "./contract.js";
import { sizeOf } from "./size.js";

/** Gives namespaces the numbers that the machine will give them: one for each name. */
export class WaitingNamespaces<Event> {
  private _names: string[] = [];
  private _events: WaitingEvents<Event>[] = [];

  _find(name: string): Nsp {
    return (this._names.indexOf(name) + 1 || this._names.push(name)) - 1;
  }

  /** Returns the events of a namespace. */
  _of(nsp: Nsp): WaitingEvents<Event> {
    return (this._events[nsp] = this._events[nsp] || new WaitingEvents());
  }
}

class WaitingEvents<Event> {
  /** The events that are not volatile, the oldest first. */
  _buffered: Event[] = [];
  private _count = 0;
  private _bytes = 0;
  private _acks = 0;

  /**
   * Takes an event. Returns the id of its ack as the machine will (they count from 0, and -1 is none), or the reason of a refusal. Whatever the
   * policy of the offline buffer is: a full one refuses the event.
   */
  _add(options: MachineOptions, event: Event, attachments: readonly Payload[], ack: number | undefined, delivery: Delivery): number | Misuse {
    const { offlinePackets, offlineBytes, maxAcks, maxAttachments } = options as Required<MachineOptions>;
    const bytes = attachments.reduce<number>((sum, part) => sum + sizeOf(part), this._bytes + sizeOf(event));
    if (attachments.length > maxAttachments) return "too many attachments";
    if (ack !== undefined && this._acks >= maxAcks) return "too many acks";
    if (this._count >= offlinePackets || bytes > offlineBytes) return "buffer full";
    this._count++;
    this._bytes = bytes;
    if (delivery !== "volatile") this._buffered.push(event);
    return ack === undefined ? -1 : this._acks++;
  }

  /** Forgets the other events, which stay counted: the calls that the machine will replay have them. */
  _retain(isKept: (event: Event, at: number) => boolean): void {
    this._buffered = this._buffered.filter(isKept);
  }
}
