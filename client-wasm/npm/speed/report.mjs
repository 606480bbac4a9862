// The results: a table for the terminal, tables for a README, or JSON.

import { readFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";

import { CLIENTS, OURS, THEIRS } from "./clients.mjs";
import { GROUPS, median } from "./groups.mjs";

/** The groups with a column in the table of events. */
const EVENTS = { library: "library alone", node: "with a server, Node", chromium: "with a server, Chromium" };

const HEAD = [OURS, THEIRS, "times as good", "in the rounds"];
const EXPLAINED = `medians; "times as good" is ${THEIRS} divided by ${OURS}: above 1 ${OURS} needs less, below 1 more`;

export class Report {
  /** Group, row, and client: the value of each round. */
  #samples = {};
  constructor(rounds, chromium) {
    this.rounds = rounds;
    this.chromium = chromium;
  }

  add(group, client, rows) {
    for (const [row, value] of Object.entries(rows)) {
      if (!Number.isFinite(value)) throw new Error(`${group}, ${row}: ${client} has no value`);
      ((this.#samples[group] ||= {})[row] ||= { [OURS]: [], [THEIRS]: [] })[client].push(value);
    }
  }

  /** Throws if a row lacks a value of a round. */
  check() {
    for (const [group, rows] of Object.entries(this.#samples)) {
      for (const [row, samples] of Object.entries(rows)) {
        for (const client of CLIENTS) {
          const { length } = samples[client];
          if (length !== this.rounds) throw new Error(`${group}, ${row}: ${client} has ${length} values of ${this.rounds}`);
        }
      }
    }
  }

  text() {
    const tables = Object.entries(this.#samples).map(([group, rows]) => textTable(GROUPS[group].title, Object.entries(rows).map(cells)));
    return `${this.#where()}\n${EXPLAINED}\n\n${tables.join("\n\n")}`;
  }

  /** The tables of the README: all costs of an event in one, without the spread. */
  markdown() {
    const measured = Object.keys(this.#samples);
    const events = measured.filter((group) => EVENTS[group]);
    const others = measured.filter((group) => !EVENTS[group]);
    const tables = [...(events.length ? [this.#events(events)] : []), ...others.map((group) => this.#markdown(group))];
    const explained = `Each cell says how many times as fast or small ${OURS} is: above 1 is better, below 1 worse`;
    return `Measured by \`cargo xtask speed npm\` on ${this.#where()}; medians. ${explained} (in brackets: ${OURS}, ${THEIRS}).\n\n${tables.join("\n\n")}`;
  }

  #events(groups) {
    const names = new Set(groups.flatMap((group) => Object.keys(this.#samples[group])).filter((name) => !/the library$/.test(name)));
    const head = ["processor time of one event, µs", ...groups.map((group) => EVENTS[group])];
    return markdownTable(head, [...names].map((name) => [name, ...groups.map((group) => cell(this.#samples[group][name]))]));
  }

  #markdown(group) {
    const rows = Object.entries(this.#samples[group]);
    return markdownTable([GROUPS[group].title, ""], rows.map(([name, samples]) => [name, cell(samples)]));
  }

  json() {
    const { date, place, versions } = this.#facts();
    return JSON.stringify({ date, place, versions, rounds: this.rounds, samples: this.#samples }, undefined, 2);
  }

  #where() {
    const { date, place, versions } = this.#facts();
    return `${date}, ${place}: ${versions}, ${this.rounds} ${this.rounds === 1 ? "round" : "rounds"} in turn`;
  }

  #facts() {
    const processors = cpus();
    return {
      date: new Date().toISOString().slice(0, 10),
      place: `${processors.length} × ${processors[0].model.trim()}, ${type()} ${release().split(/[-+]/)[0]}`,
      versions: [
        `${OURS} ${version("../dist")}`,
        `${THEIRS} ${version("../node_modules/socket.io-client")}`,
        `Node ${process.versions.node}`,
        ...(this.chromium ? [`Chromium ${this.chromium}`] : []),
      ].join(", "),
    };
  }
}

const version = (folder) => JSON.parse(readFileSync(join(import.meta.dirname, folder, "package.json"), "utf8")).version;

function textTable(title, rows) {
  const width = Math.max(...rows.map(([name]) => name.length));
  const line = ([name, ...cells]) => `  ${name.padEnd(width)}${cells.map((cell, at) => cell.padStart(HEAD[at].length + 3)).join("")}`;
  return [title, ...[["", ...HEAD], ...rows].map(line)].join("\n");
}

function markdownTable(head, rows) {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)].join("\n");
}

/** Returns the ratio of the medians, and both. */
function cell(samples) {
  if (!samples) return "";
  const [ours, theirs] = [median(samples[OURS]), median(samples[THEIRS])];
  return `**${times(theirs / ours)}** (${short(ours)}, ${short(theirs)})`;
}

/** Returns the cells of a row. A difference that the error hides, and that is below 0, has no ratio. */
function cells([name, { [OURS]: ours, [THEIRS]: theirs }]) {
  const numbers = [median(ours), median(theirs)];
  const ratios = ours.map((value, round) => theirs[round] / value).sort((a, b) => a - b);
  const isClear = [...ours, ...theirs].every((value) => value > 0);
  const compared = isClear ? [times(numbers[1] / numbers[0]), `${times(ratios[0])} to ${times(ratios.at(-1))}`] : ["", ""];
  return [name, ...numbers.map(short), ...compared];
}

const times = (ratio) => ratio.toFixed(2);

/** Returns a number with three digits or more. */
const short = (value) => (Math.abs(value) < 10 ? value.toFixed(2) : Math.abs(value) < 100 ? value.toFixed(1) : value.toFixed(0));
