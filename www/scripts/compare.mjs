// The page that compares the playground with other tools.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { escapeHtml } from "./highlight.mjs";
import { sentence } from "./pages.mjs";

const data = JSON.parse(readFileSync(join(import.meta.dirname, "../data/compare.json"), "utf8"));

export function comparePage({ compare: own, site }) {
  const lang = site.otherLanguage === "English" ? "zh" : "en";
  const cell = (value) => {
    if (value === "no") return `<td class="none">${escapeHtml(own.no)}</td>`;
    return value === "yes" ? `<td class="yes">${escapeHtml(own.yes)}</td>` : `<td>${escapeHtml(value[lang])}</td>`;
  };
  const head = data.tools.map((tool) => `<th scope="col">${escapeHtml(tool === "ours" ? own.ours : tool)}</th>`).join("");
  const rows = data.rows.map((row) => `<tr><th scope="row">${escapeHtml(row[lang])}</th>${row.cells.map(cell).join("")}</tr>`);
  const sources = Object.entries(data.sources).map(
    ([tool, links]) =>
      `<li>${escapeHtml(tool)}: ${links.map((link) => `<a href="${link}">${escapeHtml(link.replace("https://", ""))}</a>`).join(", ")}</li>`,
  );
  const body = `<main id="main"><h1>${escapeHtml(own.title)}</h1><p>${sentence(own.lead, { date: data.date })}</p>
<div class="table" tabindex="0"><table class="compare"><thead><tr><th scope="col">${escapeHtml(own.feature)}</th>${head}</tr></thead><tbody>${rows.join("\n")}</tbody></table></div>
<h2>${escapeHtml(own.sources)}</h2><ul class="sources">${sources.join("\n")}</ul></main>`;
  return { page: "compare", path: "compare.html", body };
}
