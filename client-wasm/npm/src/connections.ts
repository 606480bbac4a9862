/** Creates the connections of managers: at once, or when their code is loaded. */

import type { Connection } from "./connection.js";
import type { ManagerLike } from "./connection-types.js";
import type { Session } from "./session.js";

/** A connection, as its manager and its sockets know it. */
export type ConnectionLike = Pick<
  Connection,
  | "_engine"
  | "_parser"
  | "_namespace"
  | "_open"
  | "_close"
  | "_version"
  | "_connect"
  | "_disconnect"
  | "_authorize"
  | "_emit"
  | "_reply"
  | "_cancel"
  | "_offline"
  | "_removeOffline"
  | "_isOld"
  | "_directLink"
  | "_expect"
  | "_sendDirect"
  | "_settle"
> & { readonly _session: Pick<Session, "_turn" | "_configure"> };

/** The entry of the package sets it. */
export const connections: { _create(manager: ManagerLike): ConnectionLike } = {
  _create() {
    throw new Error("tidewire has no core");
  },
};
