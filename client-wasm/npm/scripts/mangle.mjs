// Shortens private names: a property that begins with `_` in the sources gets a shorter name in the bundles. The short names begin with `_`
// too, so that they do not collide with properties that an application adds to our objects.

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const src = join(import.meta.dirname, "..", "src");

/** Names that stay: `_placeholder` is of the protocol, and code written for socket.io-client uses `_close` and `_readyState`. */
const KEPT = { _placeholder: false, _close: false, _readyState: false };

/** Returns the private names of the sources in which `isWanted` is true, the most frequent first. */
function names(isWanted) {
  const counts = new Map();
  for (const file of readdirSync(src, { recursive: true })) {
    if (!file.endsWith(".ts") || !isWanted(file)) continue;
    for (const [name] of readFileSync(join(src, file), "utf8").matchAll(/\b_[a-z]\w+/g)) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  // Then by name, so that each build gives the same bundles.
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1)).map(([name]) => name);
}

const isMini = (file) => file.startsWith("mini");

/** The names that only mini-programs have come last: pages do not load them. */
const all = new Set([...names((file) => !isMini(file)), ...names(isMini)]);
const short = [...all].filter((name) => !(name in KEPT));

/** Options of esbuild. */
export const mangled = () => ({
  mangleProps: /^_./,
  mangleCache: { ...Object.fromEntries(short.map((name, at) => [name, `_${at.toString(36)}`])), ...KEPT },
});
