/** The identity of a client at a mobile-sdk server. The rules are those of the crate `tidewire-core::peers`, and the vectors are the same. */

import { object } from "../envelope/fields.js";
import type { Metadata } from "../envelope/message.js";
import { type Action, SEND_TO_OTHERS } from "../envelope/names.js";

/** The ids of a client: that of its socket, which changes with each connection, and the one under which others reach it. */
export interface Ids {
  socketId: string;
  userId: string;
}

/** The effect of a `saveId`: the client has ids now, or new ones that it must give back, or the server knows it. */
export type Saved = "first" | "replaced" | "known";

export class Registration {
  /** `undefined` before the first `saveId`. */
  ids: Ids | undefined;

  constructor(readonly app: string) {}

  /** Takes a `saveId`: keeps the first user id, and the new socket id. */
  save({ socketId, userId }: Ids): Saved {
    const first = this.ids;
    this.ids = { socketId, userId: first ? first.userId : userId };
    if (!first) return "first";
    return first.userId === userId ? "known" : "replaced";
  }

  /**
   * Returns the metadata of a message of this client, without its time and signature.
   *
   * Without a target it is for the server. A mobile-sdk server delivers to a target only under the user id of that target, and takes all
   * other messages under that of the sender.
   */
  meta(action: Action, target?: Ids): Metadata {
    const own = this.ids;
    const to = target || own;
    const user = action === SEND_TO_OTHERS ? to : own;
    const meta: Metadata = { app: this.app, client: own ? own.socketId : "", target: to ? to.socketId : "" };
    if (user) meta.userId = user.userId;
    return meta;
  }
}

/** Reads the payload of a `saveId`. Throws a `TypeError` that names the wrong field. */
export function readIds(payload: unknown): Ids {
  const { socketId, userId } = object(payload, "the payload of `saveId`");
  if (typeof socketId !== "string") throw new TypeError("expected `socketId`, a string");
  if (typeof userId !== "string") throw new TypeError("expected `userId`, a string");
  return { socketId, userId };
}

/** Returns whether the payload of an `exchange` is mobile-sdk's refusal of a signature, after which it disconnects the client. */
export const isSignatureRefusal = (payload: unknown): boolean =>
  typeof payload === "string" && payload.startsWith("Illegal signature, disconnected client ");
