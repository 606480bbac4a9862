/** The lines that the filters find, and the page of them that is shown. */

import type { Entry } from "../packets/entry.js";
import { type Filter, matches } from "./filter.js";

/** Lines of one page. */
export const PAGE = 500;

/** How many found lines are newer and older than a page. */
export interface Beside {
  newer: number;
  older: number;
}

export class Pages {
  /** The lines that match, the oldest first. */
  private found: Entry[] = [];
  private filter: Filter | undefined;
  /** The number of the newest line that the page may have; the newest page has none. */
  private top: number | undefined;
  /** The number of the newest line when a pause began. */
  private end: number | undefined;

  /** How many lines the filters find. */
  get count(): number {
    return this.found.length;
  }

  /** Whether this is the page of the newest lines: those of the pause, if there is one. */
  get isNewest(): boolean {
    return this.top === undefined;
  }

  /** Whether new lines belong to this page. */
  get isLive(): boolean {
    return this.isNewest && this.end === undefined;
  }

  /** Whether a line is not later than the beginning of the pause, if there is one. */
  covers(number: number): boolean {
    return this.end === undefined || number <= this.end;
  }

  /** Finds lines with another filter, and returns to the newest page. */
  find(filter: Filter, entries: readonly Entry[]): void {
    this.filter = filter;
    this.found = entries.filter((entry) => matches(filter, entry));
    this.top = undefined;
  }

  add(entry: Entry): void {
    if (this.isFound(entry)) this.found.push(entry);
  }

  /** A line has got more messages. Returns whether it became a line that is found, or ceased to be one. */
  change(entry: Entry): boolean {
    const place = this.found.indexOf(entry);
    if (this.isFound(entry) === place >= 0) return false;
    if (place >= 0) this.found.splice(place, 1);
    else this.found.splice(this.upTo(entry.number), 0, entry);
    return true;
  }

  /** Forgets the lines before `number`, which are not kept any more. */
  forgetBefore(number: number): void {
    const kept = this.found.findIndex((entry) => entry.number >= number);
    this.found.splice(0, kept < 0 ? this.found.length : kept);
  }

  /** Lines after `number` belong to no page until `resume`. */
  pause(number: number): void {
    this.end = number;
  }

  /** Ends a pause, and returns to the newest page. */
  resume(): void {
    this.end = this.top = undefined;
  }

  /** Returns the lines of the page as it is now, the oldest first. */
  page(): Entry[] {
    const above = Math.min(this.upTo(this.end), this.upTo(this.top));
    return this.found.slice(Math.max(0, above - PAGE), above);
  }

  /** Returns the found lines after `number`: at most those of a page. */
  after(number: number): Entry[] {
    return this.found.slice(Math.max(this.upTo(number), this.found.length - PAGE));
  }

  /** Returns how many found lines are beside those from `oldest` to `newest`. */
  beside(oldest: number, newest: number): Beside {
    return { newer: Math.max(0, this.upTo(this.end) - this.upTo(newest)), older: this.upTo(oldest - 1) };
  }

  /** Goes to the page of the lines before `oldest`. */
  goOlder(oldest: number): void {
    this.top = oldest - 1;
  }

  /** Goes to the page of the lines after `newest`, or to the newest page if it has them. */
  goNewer(newest: number): void {
    const above = this.upTo(newest) + PAGE;
    this.top = above < this.upTo(this.end) ? this.found[above - 1]?.number : undefined;
  }

  goNewest(): void {
    this.top = undefined;
  }

  private isFound(entry: Entry): boolean {
    return !!this.filter && matches(this.filter, entry);
  }

  /** Returns how many found lines have at most this number. Without a number, all have. */
  private upTo(number = Number.POSITIVE_INFINITY): number {
    let [low, high] = [0, this.found.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.found[middle] as Entry).number <= number) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
