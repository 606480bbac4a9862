// The page of the simulator: its faults, and the gallery of the seeds that once found a bug.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { escapeHtml } from "./highlight.mjs";
import { raw } from "./pages.mjs";

const gallery = JSON.parse(readFileSync(join(import.meta.dirname, "../data/gallery.json"), "utf8"));

export function simulatorPage(lang, { script, simulator }) {
  const faults = Object.entries(script).filter(([key]) => key.startsWith("fault."));
  const options = faults.map(([key, name]) => `<option value="${key.replace("fault.", "")}">${escapeHtml(name)}</option>`);
  const cards = gallery.map(
    (one) =>
      `<article class="start"><b><a href="#seed=${one.seed}">${escapeHtml(simulator.seed)} ${one.seed}</a></b><span>${escapeHtml(one[lang])}</span></article>`,
  );
  return {
    page: "simulator",
    path: "simulator.html",
    scripts: ["simulator.js"],
    values: { options: raw(options.join("")), gallery: raw(cards.join("\n")) },
  };
}
