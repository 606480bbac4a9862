/** The lines of the timeline, with a limit for their number and their size. */

import type { Entry } from "../packets/entry.js";

/** Lines that are kept. */
export const MAX_ENTRIES = 2000;
/** Characters and bytes that all lines keep together. */
const MAX_SIZE = 16_000_000;

export class Log {
  /** The lines, the oldest first. */
  readonly entries: Entry[] = [];
  /** The number of lines that were dropped, because a limit was reached. */
  dropped = 0;
  private size = 0;
  private readonly sizes = new Map<number, number>();

  add(entry: Entry): void {
    this.entries.push(entry);
    this.sizes.set(entry.number, 0);
    this.grow(entry);
  }

  /** A line has got more messages. Returns whether it is kept: one that was dropped or cleared counts no more. */
  grow(entry: Entry): boolean {
    const before = this.sizes.get(entry.number);
    if (before === undefined) return false;
    const size = kept(entry);
    this.size += size - before;
    this.sizes.set(entry.number, size);
    while (this.entries.length > 1 && (this.entries.length > MAX_ENTRIES || this.size > MAX_SIZE)) this.drop();
    return this.sizes.has(entry.number);
  }

  clear(): void {
    this.entries.length = this.dropped = this.size = 0;
    this.sizes.clear();
  }

  private drop(): void {
    const { number } = this.entries.shift() as Entry;
    this.size -= this.sizes.get(number) || 0;
    this.sizes.delete(number);
    this.dropped++;
  }
}

const kept = ({ raw }: Entry) => raw.reduce((sum, part) => sum + part.length, 0);
