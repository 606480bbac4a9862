/** The acks that a socket awaits: their functions, by id. */

import type { AckFailure } from "./machine/contract.js";

/** The messages of failed acks; `timeout` and `disconnected` have those of socket.io-client. */
const ERRORS: Record<AckFailure, string> = {
  timeout: "operation has timed out",
  disconnected: "socket has been disconnected",
  dropped: "the event was dropped before it was sent",
};

/** `_withError`: it takes an error, or `null`, in front of its arguments. */
export type Ack = ((...args: any[]) => void) & { _withError?: boolean };

export class Acks {
  /** The id that the machine gives to the next event with an ack. */
  _nextId = 0;
  readonly _awaited = new Map<number, Ack>();

  /** `_owner` is `this` of the functions. */
  constructor(private _owner: unknown) {}

  /** Returns the function of an ack, which is no longer awaited. */
  _take(id: number): Ack | undefined {
    const ack = this._awaited.get(id);
    this._awaited.delete(id);
    return ack;
  }

  _answer(id: number, args: unknown[]): void {
    const ack = this._take(id);
    if (ack) ack.apply(this._owner, ack._withError ? [null, ...args] : args);
  }

  _lose(id: number, why: AckFailure): void {
    const ack = this._take(id);
    if (ack && (why === "timeout" || ack._withError)) ack.call(this._owner, new Error(ERRORS[why]));
  }
}
