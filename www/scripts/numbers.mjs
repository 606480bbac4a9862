// The page of sizes and speed: bars drawn from the JSON of `cargo xtask sizes --json` and `cargo xtask speed npm --json`, in data/.

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { escapeHtml } from "./highlight.mjs";
import { raw, sentence } from "./pages.mjs";

const read = (name) => {
  const file = join(import.meta.dirname, "../data", `${name}.json`);
  return existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : undefined;
};

const GROUPS = ["library", "node", "chromium", "start", "memory"];

export function numbersPage({ numbers: own }) {
  const sizes = read("sizes");
  const speed = read("speed");
  const parts = [sizes && sizesOf(sizes, own), ...(speed ? GROUPS.map((group) => speedOf(speed, group, own)) : [])];
  const body = `<main id="main"><h1>${escapeHtml(own.title)}</h1><p>${escapeHtml(own.lead)}</p>${parts.filter(Boolean).join("\n")}</main>`;
  return { page: "numbers", path: "numbers.html", body };
}

function sizesOf(sizes, own) {
  const widest = Math.max(...sizes.rows.map(({ gzip }) => gzip));
  const bars = sizes.rows.map(({ name, gzip, ours }) => bar(name, gzip / widest, kilobytes(gzip), ours ? "ours" : "theirs"));
  const measured = source(own, "cargo xtask sizes", sizes);
  return `<section><h2>${escapeHtml(own.sizes)}</h2><p>${escapeHtml(own["sizes.lead"])}</p><ul class="bars" lang="en">${bars.join("\n")}</ul>${measured}</section>`;
}

/** Bars of ratios; the line at 1 is where both clients are equal. */
function speedOf(speed, group, own) {
  if (!speed.samples[group])
    throw new Error(`data/speed.json has no group ${group}: \`cargo xtask speed npm --json www/data/speed.json\` measures all`);
  const { ours, theirs } = clients(speed.samples[group]);
  const rows = Object.entries(speed.samples[group]).map(([name, samples]) => compared(name, samples[ours], samples[theirs]));
  const clear = rows.filter(({ times }) => times);
  const widest = Math.max(2, ...clear.map(({ times }) => times));
  const bars = clear.map(({ name, times }) => bar(name, times / widest, ratio(times), times >= 1 ? "ours" : "worse", 1 / widest));
  const cells = rows.map(
    ({ name, ours, theirs, times }) =>
      `<tr><th scope="row">${escapeHtml(name)}</th><td>${short(ours)}</td><td>${short(theirs)}</td><td>${ratio(times)}</td></tr>`,
  );
  const head = ["name", "ours", "theirs", "times"].map((key) => `<th scope="col">${escapeHtml(own[key])}</th>`).join("");
  const table = `<details><summary>${escapeHtml(own.table)}</summary><div class="table" tabindex="0"><table><thead><tr>${head}</tr></thead><tbody lang="en">${cells.join("")}</tbody></table></div></details>`;
  const lead = sentence(own["speed.lead"], { rounds: speed.rounds });
  return `<section><h2>${escapeHtml(own[`speed.${group}`])}</h2><p>${lead}</p><ul class="bars" lang="en">${bars.join("\n")}</ul>${table}${source(own, "cargo xtask speed npm", speed)}</section>`;
}

/** The medians of a row, and their ratio: 0 if the error hides it, as in a difference of two measurements that is once below 0. */
function compared(name, ours, theirs) {
  const [own, other] = [median(ours), median(theirs)];
  const isClear = [...ours, ...theirs].every((value) => value > 0);
  return { name, ours: own, theirs: other, times: isClear ? other / own : 0 };
}

function bar(name, part, value, kind, line) {
  const mark = line === undefined ? "" : `<i style="left:${percent(line)}"></i>`;
  return `<li><span>${escapeHtml(name)}</span><span class="track"><span class="bar ${kind}" style="width:${percent(part)}"></span>${mark}</span><b>${escapeHtml(value)}</b></li>`;
}

/** Tells where the numbers come from. */
function source(own, command, { date, place, versions }) {
  const measured = sentence(own.measured, { command: raw(`<code>${escapeHtml(command)}</code>`), date, place, versions });
  return `<p class="hint">${measured}</p>`;
}

/** The names of the clients, as the measurement calls them. */
function clients(group) {
  const names = Object.keys(Object.values(group)[0]);
  return { ours: names.find((name) => name.startsWith("tidewire")), theirs: names.find((name) => name.startsWith("socket.io")) };
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const ratio = (times) => (times ? times.toFixed(2) : "–");
const percent = (part) => `${(part * 100).toFixed(1)}%`;
const kilobytes = (bytes) => (bytes / 1000).toFixed(1);
const short = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0));
