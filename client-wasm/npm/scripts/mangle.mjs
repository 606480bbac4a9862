// Short names for what is ours alone: each property that begins with `_` in the sources has a shorter one in the bundles. All of them begin
// with `_` still, so that none meets a property that an application gives our objects.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const src = join(import.meta.dirname, "..", "src");

/** Not ours alone: of the protocol, and of what code written for the reference calls. */
const KEPT = { _placeholder: false, _close: false };

function names() {
  const counts = new Map();
  for (const file of readdirSync(src, { recursive: true })) {
    if (!file.endsWith(".ts")) continue;
    for (const [name] of readFileSync(join(src, file), "utf8").matchAll(/\b_[a-z]\w+/g)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // The most frequent first, and then by name: the same bundles each time.
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

const short = names().filter((name) => !(name in KEPT));

/** For esbuild. */
export const mangled = () => ({
  mangleProps: /^_./,
  mangleCache: { ...Object.fromEntries(short.map((name, at) => [name, `_${at.toString(36)}`])), ...KEPT },
});
