/** The timeline on the page: its filters, pause, and export. It draws at most once for each frame of the screen. */

import { type Direction, type Entry, KINDS, type Kind } from "../packets/entry.js";
import { at, download, h, setText } from "../page/dom.js";
import { text } from "../page/texts.js";
import { exported } from "./export.js";
import { type Filter, matches } from "./filter.js";
import { Log } from "./log.js";
import { type Move, Pager } from "./pager.js";
import { PAGE, Pages } from "./pages.js";
import { row } from "./row.js";

export class TimelineView {
  private readonly log = new Log();
  private readonly list = at<HTMLOListElement>("timeline");
  private readonly form = at<HTMLFormElement>("filter");
  private readonly pages = new Pages();
  private readonly pager = new Pager(this.list, (move) => this.move(move));
  /** The number of the newest line that was drawn, or that the filters hid. */
  private drawn = 0;
  private readonly changed = new Set<Entry>();
  /** Whether a change made lines match the filters, or cease to. */
  private isStale = false;
  private isPaused = false;
  /** The lines since the pause began. */
  private unseen = 0;
  private isScheduled = false;

  constructor(
    private readonly again: (entry: Entry) => void,
    private readonly about: () => Record<string, unknown>,
  ) {
    this.pages.find(this.filter(), []);
    this.form.addEventListener("input", () => this.find());
    this.form.addEventListener("submit", (event) => event.preventDefault());
    at("pause").addEventListener("click", () => this.pause());
    at("clear").addEventListener("click", () => this.clear());
    at("export").addEventListener("click", () => this.export());
  }

  add(entry: Entry): void {
    this.log.add(entry);
    this.pages.add(entry);
    this.forget();
    if (this.isPaused) this.unseen++;
    this.schedule();
  }

  change(entry: Entry): void {
    if (this.log.grow(entry) && this.pages.change(entry)) this.isStale = true;
    this.forget();
    // A later line is drawn as it then is.
    if (entry.number <= this.drawn) this.changed.add(entry);
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
    if (!this.isPaused) {
      for (const entry of this.changed) this.rowOf(entry)?.replaceWith(row(entry, this.again));
      this.changed.clear();
      if (this.pages.isLive) this.drawNew();
    }
    this.count();
  }

  private drawNew(): void {
    if (this.isStale) {
      this.redraw();
      return;
    }
    const rows = this.pages.after(this.drawn).map((entry) => row(entry, this.again));
    this.list.prepend(...rows.reverse());
    const [oldest] = this.log.entries;
    this.drawn = this.newest;
    while (this.list.childElementCount > PAGE || (oldest && numberOf(this.list.lastElementChild) < oldest.number))
      this.list.lastElementChild?.remove();
  }

  /** Draws the page anew. Rows that are there already stay as they are, and open ones stay open. */
  private redraw(): void {
    const rows = new Map([...this.list.children].map((row) => [numberOf(row), row]));
    for (const { number } of this.changed) rows.delete(number);
    const lines = this.pages.page().map((entry) => rows.get(entry.number) || row(entry, this.again));
    this.list.replaceChildren(...lines.reverse());
    this.drawn = this.newest;
    this.isStale = false;
    this.changed.clear();
    this.count();
  }

  /** Finds lines by the filters as they are now. */
  private find(): void {
    this.pages.find(this.filter(), this.log.entries);
    this.redraw();
  }

  /** Leafs through the pages. */
  private move(move: Move): void {
    if (move === "older") this.pages.goOlder(numberOf(this.list.lastElementChild));
    else if (move === "newer") this.pages.goNewer(numberOf(this.list.firstElementChild));
    else this.pages.goNewest();
    this.redraw();
  }

  /** Lines that are not kept any more are found no more. Those on the page stay there until the next page. */
  private forget(): void {
    const [oldest] = this.log.entries;
    if (oldest) this.pages.forgetBefore(oldest.number);
  }

  /** The number of the newest line. */
  private get newest(): number {
    return this.log.entries.at(-1)?.number ?? this.drawn;
  }

  private rowOf({ number }: Entry): Element | null {
    return this.list.querySelector(`[data-number="${number}"]`);
  }

  private count(): void {
    const { entries, dropped } = this.log;
    const found = this.pages.count;
    at("empty").hidden = entries.length > 0;
    at("none").hidden = this.list.childElementCount > 0 || !entries.some(({ number }) => this.pages.covers(number));
    const values = { found, total: entries.length, dropped, count: this.unseen };
    setText(at("count"), entries.length ? text(this.isPaused ? "count.paused" : dropped ? "count.dropped" : "count", values) : "");
    this.showPages();
  }

  private showPages(): void {
    const { firstElementChild: first, lastElementChild: last } = this.list;
    const isNewest = this.pages.isNewest;
    const beside = first && last ? this.pages.beside(numberOf(last), numberOf(first)) : { newer: 0, older: 0 };
    const place = isNewest || !first || !last ? text("page.isNewest") : text("page.place", { from: timeOf(last), to: timeOf(first) });
    this.pager.show(beside, isNewest, place);
  }

  private pause(): void {
    this.draw();
    this.isPaused = !this.isPaused;
    this.unseen = 0;
    const button = at("pause");
    button.setAttribute("aria-pressed", String(this.isPaused));
    button.textContent = text(this.isPaused ? "paused" : "pause");
    if (this.isPaused) {
      this.pages.pause(this.newest);
      this.count();
    } else {
      this.pages.resume();
      this.redraw();
    }
  }

  private clear(): void {
    this.log.clear();
    this.unseen = 0;
    this.find();
  }

  /** Saves the lines that the filters show, all of them. */
  private export(): void {
    const filter = this.filter();
    const lines = this.log.entries.filter((entry) => matches(filter, entry));
    download(`tidewire-${new Date().toISOString().replace(/[:.]/g, "-")}.json`, exported(lines, { ...this.about(), dropped: this.log.dropped }));
  }
}

const numberOf = (row: Element | null) => Number((row as HTMLElement | null)?.dataset.number);
const timeOf = (row: Element) => row.querySelector("time")?.textContent ?? "";
