// The page with the table.

import { execFileSync } from "node:child_process";

import { SERVERS } from "./servers.mjs";

export const TRANSPORTS = ["polling", "websocket", "upgrade"];

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

/** Returns a cell: the transports over which the conversation passed, and a mark for each limit of the server. */
function cell(name, client, cells, notes) {
  const { lacks = {} } = SERVERS[name];
  const marks = new Set(Object.values(lacks).map((why) => notes.mark(why)));
  const known = TRANSPORTS.filter((transport) => cells.has(`${name} ${client} ${transport}`));
  const failures = known.filter((transport) => cells.get(`${name} ${client} ${transport}`));
  if (failures.length) return `**failed** over ${failures.join(", ")}`;
  if (!known.length) return "not run";
  return (known.length === TRANSPORTS.length ? "passed" : `passed over ${known.join(", ")}`) + [...marks].join("");
}

const row = (texts) => `| ${texts.join(" | ")} |`;

/** Returns the page in Markdown. */
export function page(servers, clients, cells) {
  const notes = new Notes();
  const rows = servers.map((name) => row([SERVERS[name].title, ...clients.map(([client]) => cell(name, client, cells, notes))]));
  const rustc = execFileSync("rustc", ["--version"], { encoding: "utf8" }).split(" ")[1];
  return `# Compatibility

\`cargo xtask matrix\` wrote this page on ${new Date().toISOString().slice(0, 10)}, with Rust ${rustc}. Each cell is a conversation over polling, over
WebSocket, and over polling that upgrades to a WebSocket: connect, a second namespace, events and acks in both directions, binary data, a
disconnection by the server and a connection after it, and the return after the network is cut. Clients detect the server's Engine.IO version.

${row(["server", ...clients.map(([, { title }]) => title)])}
|${"---|".repeat(clients.length + 1)}
${rows.join("\n")}

Limits of the servers, whichever client asks: the run checks that the official client fails, too.

${notes.text}

"Passed": over all three transports. A part of the table: \`cargo xtask matrix --servers egg2,python5 --clients native,node\`.
`;
}
