/** `io()`: returns the socket of a URL, on a shared connection to its server if there is one. */

import { Manager, Socket } from "./manager.js";
import type { ManagerOptions } from "./options.js";
import type { SocketOptions } from "./socket-types.js";
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
  /** Returns the socket of the namespace `/` at the server that the page came from. The rest is as with a URL. */
  (opts?: Options): Socket;
  /**
   * Returns the socket of the namespace in the URL, which connects by itself unless `autoConnect` is `false`. Sockets of one server share
   * a connection, unless `forceNew` is set or `multiplex` is `false`, or its namespace has a socket already.
   *
   * The server may be one of Socket.IO 2.x, 3.x or 4.x. Its version is detected.
   *
   * @example
   * const socket = io("https://example.com/chat", { auth: { token: "secret" } });
   * socket.on("connect_error", (error) => console.error(error.message));
   * const reply = await socket.timeout(5000).emitWithAck("hello", "world");
   *
   * @param uri scheme, host, port and namespace: `https://example.com/chat`. Without it: the server that the page came from
   * @param opts the options of the connection and of this socket; those of the connection count for its first socket
   */
  (uri?: string, opts?: Options): Socket;
  io: Lookup;
  connect: Lookup;
  Manager: typeof Manager;
  Socket: typeof Socket;
}

export const lookup: Lookup = Object.assign(find as Lookup, { Manager, Socket });
lookup.io = lookup.connect = lookup;
