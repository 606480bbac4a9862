// The page with the table.

import { execFileSync } from "node:child_process";

import { NO_WEBTRANSPORT, routesOf, SERVERS } from "./servers.mjs";

/** Returns whether a client has none of the routes to a server. */
export const lacksRoutes = ({ needsWebTransport }, { hasWebTransport }) => needsWebTransport && !hasWebTransport;

/** Notes below the table: each reason once, with its number. */
class Notes {
  #reasons = [];

  /** Returns the mark of a note. */
  mark(text) {
    if (!this.#reasons.includes(text)) this.#reasons.push(text);
    return ` (${this.#reasons.indexOf(text) + 1})`;
  }

  get text() {
    return this.#reasons.map((text, at) => `${at + 1}. ${text}`).join("\n");
  }
}

/** Returns a cell: the routes over which the conversation passed, and a mark for each limit of the server or of the client. */
function cell(name, [clientName, client], cells, notes) {
  const entry = SERVERS[name];
  if (lacksRoutes(entry, client)) return `no WebTransport${notes.mark(NO_WEBTRANSPORT)}`;
  const marks = new Set(Object.values(entry.lacks || {}).map((why) => notes.mark(why)));
  const routes = Object.keys(routesOf(entry));
  const known = routes.filter((route) => cells.has(`${name} ${clientName} ${route}`));
  const failures = known.filter((route) => cells.get(`${name} ${clientName} ${route}`));
  if (failures.length) return `**failed** over ${failures.join(", ")}`;
  if (!known.length) return "not run";
  return (known.length === routes.length ? "passed" : `passed over ${known.join(", ")}`) + [...marks].join("");
}

const row = (texts) => `| ${texts.join(" | ")} |`;

/** Returns the page in Markdown. */
export function page(servers, clients, cells) {
  const notes = new Notes();
  const rows = servers.map((name) => row([SERVERS[name].title, ...clients.map((client) => cell(name, client, cells, notes))]));
  const rustc = execFileSync("rustc", ["--version"], { encoding: "utf8" }).split(" ")[1];
  return `# Compatibility

\`cargo xtask matrix\` wrote this page on ${new Date().toISOString().slice(0, 10)}, with Rust ${rustc}. Each cell is a conversation over polling, over
WebSocket, and over polling that upgrades to a WebSocket: connect, a second namespace, events and acks in both directions, binary data, a
disconnection by the server and a connection after it, and the return after the network is cut. Clients detect the server's Engine.IO version.

In the row "over WebTransport", the conversation begins with a WebTransport, and with polling that upgrades to one; the crate has its feature
\`webtransport\`. socket.io takes sessions of WebTransport, but has no HTTP/3 to accept them. So our front
([\`webtransport.rs\`](../server-testbed/src/webtransport.rs), on quinn) speaks QUIC with the client, and passes the stream of each session on to
the official server over TCP. The cut loses all UDP packets of a session, and the client notices that no ping arrives.

${row(["server", ...clients.map(([, { title }]) => title)])}
|${"---|".repeat(clients.length + 1)}
${rows.join("\n")}

The run checks these limits: those of a server stop the official client, too, and a client without WebTransport does not connect.

${notes.text}

"Passed": over every transport of the row. A part of the table: \`cargo xtask matrix --servers egg2,python5 --clients native,node\`.
`;
}
