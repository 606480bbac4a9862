/**
 * Warnings in the console of developers. Call these functions only as `try { if (process.env.NODE_ENV !== "production") … } catch {}`: bundlers
 * remove that from a production bundle, and a page without a bundler has no `process`.
 */

import { OLD_EVENTS } from "./old-events.js";

/** The socket, as far as it is checked. */
interface Checked {
  readonly nsp: string;
  readonly auth: unknown;
  readonly io: { readonly opts: { readonly compat?: 2 } };
  hasListeners(event: string): boolean;
}

/** Later servers may send events of these names. */
const ORDINARY = ["error", "ping", "pong"];

const warned = new Set<string>();

function warnOnce(text: string): void {
  if (warned.has(text)) return;
  warned.add(text);
  console.warn("tidewire: " + text);
}

/** Warns about a listener that only socket.io-client 2.x would call. */
export function checkListener({ io }: Checked, event: string): void {
  if (OLD_EVENTS.test(event) && ORDINARY.indexOf(event) < 0) warnAboutListener(io, event);
}

/** Warns about differences between 2.x servers and later ones that the application may not know. */
export function checkOldServer(socket: Checked, authInQuery: boolean | undefined): void {
  const { auth, nsp, io } = socket;
  if (auth && (nsp === "/" || !authInQuery)) {
    const remedy = nsp === "/" ? "" : ", or authInQuery: true";
    warnOnce(`a Socket.IO 2.x server has no auth: that of "${nsp}" was not sent. Use the option query${remedy}.`);
  }
  for (const event of ORDINARY) if (socket.hasListeners(event)) warnAboutListener(io, event);
}

function warnAboutListener({ opts }: Checked["io"], event: string): void {
  const instead = event === "error" ? "connect_error" : `socket.io.on("${event}", …)`;
  if (opts.compat !== 2) warnOnce(`sockets emit no "${event}", as socket.io-client 2.x did: use ${instead}, or set the option compat: 2.`);
}
