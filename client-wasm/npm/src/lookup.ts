/** `io()`: returns the socket of a URL, on a shared connection to its server if there is one. */

import { Manager, Socket } from "./manager.js";
import type { ManagerOptions } from "./options.js";
import type { SocketOptions } from "./socket.js";
import { resolveUrl } from "./url.js";

/** Managers by scheme, host, port and path. */
const cache: Record<string, Manager> = {};

type Options = Partial<ManagerOptions & SocketOptions>;

function find(uri?: string | Options, options?: Options): Socket {
  const opts = (typeof uri === "object" ? uri : options) || {};
  const { id, path, source, query, queryKey } = resolveUrl(typeof uri === "object" ? undefined : uri, opts.path || "/socket.io");
  const known = cache[id];
  const isNew = opts.forceNew || (opts as any)["force new connection"] || opts.multiplex === false || (known && path in known.nsps);
  const io = isNew ? new Manager(source, opts) : (cache[id] = known || new Manager(source, opts));
  if (query && !opts.query) opts.query = queryKey;
  return io.socket(path, opts);
}

interface Lookup {
  (opts?: Options): Socket;
  (uri?: string, opts?: Options): Socket;
  io: Lookup;
  connect: Lookup;
  Manager: typeof Manager;
  Socket: typeof Socket;
}

export const lookup: Lookup = Object.assign(find as Lookup, { Manager, Socket });
lookup.io = lookup.connect = lookup;
