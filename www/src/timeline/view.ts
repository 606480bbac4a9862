/** The timeline on the page: its filters, pause, and export. It draws at most once for each frame of the screen. */

import { type Direction, type Entry, KINDS, type Kind } from "../packets/entry.js";
import { at, download, h, setText } from "../page/dom.js";
import { text } from "../page/texts.js";
import { exported } from "./export.js";
import { type Filter, matches } from "./filter.js";
import { Log } from "./log.js";
import { row } from "./row.js";

/** Lines on the page; older ones are found by the filters, and exported. */
const MAX_ROWS = 500;

export class TimelineView {
  private readonly log = new Log();
  private readonly list = at<HTMLOListElement>("timeline");
  private readonly form = at<HTMLFormElement>("filter");
  /** Lines that are not drawn yet. */
  private fresh: Entry[] = [];
  private readonly changed = new Set<Entry>();
  private isPaused = false;
  /** The lines since the pause began. */
  private unseen = 0;
  private isScheduled = false;
  private shown = 0;

  constructor(
    private readonly again: (entry: Entry) => void,
    private readonly about: () => Record<string, unknown>,
  ) {
    this.form.addEventListener("input", () => this.redraw());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    at("pause").addEventListener("click", () => this.pause());
    at("clear").addEventListener("click", () => this.clear());
    at("export").addEventListener("click", () => this.export());
  }

  add(entry: Entry): void {
    this.log.add(entry);
    this.fresh.push(entry);
    if (this.isPaused) this.unseen++;
    // While the page is hidden or paused, no frame empties the list: the log has what is needed.
    if (this.fresh.length > MAX_ROWS * 2) this.fresh.splice(0, MAX_ROWS);
    this.schedule();
  }

  change(entry: Entry): void {
    this.log.grow(entry);
    this.changed.add(entry);
    this.schedule();
  }

  /** Offers these namespaces as filters. */
  setNamespaces(names: string[]): void {
    const select = this.form.elements.namedItem("namespace") as HTMLSelectElement;
    const known = [...select.options].map((option) => option.value);
    for (const name of names) if (!known.includes(name)) select.append(h("option", { value: name }, name));
  }

  private filter(): Filter {
    const fields = new FormData(this.form);
    const kinds = fields.getAll("kind").filter((kind): kind is Kind => KINDS.includes(kind as Kind));
    const one = (name: string) => String(fields.get(name) || "");
    return { kinds: new Set(kinds), direction: one("direction") as Direction, namespace: one("namespace"), search: one("search") };
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    requestAnimationFrame(() => {
      this.isScheduled = false;
      this.draw();
    });
  }

  private draw(): void {
    if (!this.isPaused) this.drawNew();
    this.count();
  }

  private drawNew(): void {
    const filter = this.filter();
    for (const entry of this.changed) this.list.querySelector(`[data-number="${entry.number}"]`)?.replaceWith(row(entry, this.again));
    this.changed.clear();
    const rows = this.fresh.filter((entry) => matches(filter, entry)).map((entry) => row(entry, this.again));
    this.fresh = [];
    this.list.prepend(...rows.reverse());
    while (this.list.childElementCount > MAX_ROWS) this.list.lastElementChild?.remove();
  }

  /** Draws all lines again, with the filters as they are now. */
  private redraw(): void {
    const filter = this.filter();
    const found = this.log.entries.filter((entry) => matches(filter, entry));
    this.list.replaceChildren(
      ...found
        .slice(-MAX_ROWS)
        .reverse()
        .map((entry) => row(entry, this.again)),
    );
    this.fresh = [];
    this.changed.clear();
    this.count();
  }

  private count(): void {
    const { entries, dropped } = this.log;
    this.shown = this.list.childElementCount;
    at("empty").hidden = entries.length > 0;
    const values = { shown: this.shown, total: entries.length, dropped, count: this.unseen };
    setText(at("count"), entries.length ? text(this.isPaused ? "count.paused" : dropped ? "count.dropped" : "count", values) : "");
  }

  private pause(): void {
    this.isPaused = !this.isPaused;
    this.unseen = 0;
    const button = at("pause");
    button.setAttribute("aria-pressed", String(this.isPaused));
    button.textContent = text(this.isPaused ? "paused" : "pause");
    if (!this.isPaused) this.redraw();
  }

  private clear(): void {
    this.log.clear();
    this.unseen = 0;
    this.redraw();
  }

  /** Saves the lines that the filters show, all of them. */
  private export(): void {
    const filter = this.filter();
    const lines = this.log.entries.filter((entry) => matches(filter, entry));
    download(`tidewire-${new Date().toISOString().replace(/[:.]/g, "-")}.json`, exported(lines, { ...this.about(), dropped: this.log.dropped }));
  }
}
