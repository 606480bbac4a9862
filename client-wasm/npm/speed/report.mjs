// The results: a table for the terminal, tables for a README, or JSON.

import { readFileSync } from "node:fs";
import { cpus, release, type } from "node:os";
import { join } from "node:path";

import { CLIENTS, OURS, THEIRS } from "./clients.mjs";
import { GROUPS, median } from "./groups.mjs";

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
    const tables = this.#tables((title, rows) => {
      const width = Math.max(...rows.map(([name]) => name.length));
      const line = ([name, ...cells]) => `  ${name.padEnd(width)}${cells.map((cell, at) => cell.padStart(HEAD[at].length + 3)).join("")}`;
      return [title, ...[["", ...HEAD], ...rows].map(line)].join("\n");
    });
    return `${this.#where()}\n${EXPLAINED}\n\n${tables}`;
  }

  markdown() {
    const tables = this.#tables((title, rows) => {
      const line = (cells) => `| ${cells.join(" | ")} |`;
      return [`${title}:\n`, line(["", ...HEAD]), "|---|---|---|---|---|", ...rows.map(line)].join("\n");
    });
    return `${this.#where()}; ${EXPLAINED}.\n\n${tables}`;
  }

  json() {
    const { date, place, versions } = this.#facts();
    return JSON.stringify({ date, place, versions, rounds: this.rounds, samples: this.#samples }, undefined, 2);
  }

  #tables(table) {
    return Object.entries(this.#samples)
      .map(([group, rows]) => table(GROUPS[group].title, Object.entries(rows).map(cells)))
      .join("\n\n");
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
