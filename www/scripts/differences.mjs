// The page of the differences from socket.io-client, from the list that the parity tests enforce.

import { read } from "./documents.mjs";
import { escapeHtml } from "./highlight.mjs";
import { sentence } from "./pages.mjs";

const LIST = "client-wasm/npm/test/parity/differences.json";

export function differencesPage({ differences: own }) {
  const differences = Object.entries(JSON.parse(read(LIST)));
  const rows = differences.map(
    ([behaviour, reason]) => `<tr><td>${escapeHtml(behaviour)}</td><td>${escapeHtml(reason).replace(/`([^`]*)`/g, "<code>$1</code>")}</td></tr>`,
  );
  const table = `<div class="table" tabindex="0"><table><thead><tr><th>${escapeHtml(own.behaviour)}</th><th>${escapeHtml(own.reason)}</th></tr></thead><tbody lang="en">${rows.join("\n")}</tbody></table></div>`;
  const lead = sentence(own.lead, { different: differences.length });
  return { page: "differences", path: "differences.html", body: `<main id="main"><h1>${escapeHtml(own.title)}</h1><p>${lead}</p>${table}</main>` };
}
