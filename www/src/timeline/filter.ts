/** Which lines of the timeline are shown. */

import type { Direction, Entry, Kind } from "../packets/entry.js";
import { readable } from "../values/bytes.js";

export interface Filter {
  kinds: ReadonlySet<Kind>;
  /** `none` shows both. */
  direction: Direction;
  /** An empty text shows all namespaces. */
  namespace: string;
  /** Words that the line must have, in any order; case does not count. */
  search: string;
}

export function matches(filter: Filter, entry: Entry): boolean {
  const { kinds, direction, namespace, search } = filter;
  if (!kinds.has(entry.kind)) return false;
  if (direction !== "none" && entry.direction !== direction) return false;
  if (namespace && entry.namespace && entry.namespace !== namespace) return false;
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (!words.length) return true;
  const text = searchable(entry);
  return words.every((word) => text.includes(word));
}

function searchable({ name, namespace, args, raw }: Entry): string {
  const messages = raw.filter((part) => typeof part === "string");
  return [name, namespace, JSON.stringify(args.map(readable)), ...messages].join(" ").toLowerCase();
}
