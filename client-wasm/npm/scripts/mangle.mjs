// Shortens private names: a property that begins with `_` in the sources gets a shorter name in the bundles. The short names begin with `_`
// too, so that they do not collide with properties that an application adds to our objects.

import { join } from "node:path";

import ts from "typescript";

import { numbered } from "./private-names.mjs";

const npm = join(import.meta.dirname, "..");

/** Names that stay: `_placeholder` is of the protocol, and code written for socket.io-client uses `_close` and `_readyState`. */
const KEPT = { _placeholder: false, _close: false, _readyState: false };

/** The letters of short names: those that are frequent in the rest of the bundles come first, because that helps gzip. */
const LETTERS = "etnrisouaflchpdvmgybwExSTNCkLAOMDPHBjFIqRUzWXV$JKQGYZ0123456789";

const isPrivate = (name) => /^_[a-z]/.test(name) && !(name in KEPT);

/** Returns the short name of a number: names that no object has both of have the same. */
function short(number) {
  const more = Math.floor(number / LETTERS.length);
  return `_${LETTERS[number % LETTERS.length]}${more ? LETTERS[more - 1] : ""}`;
}

function names() {
  const { options, fileNames } = ts.getParsedCommandLineOfConfigFile(join(npm, "tsconfig.json"), {}, ts.sys);
  const program = ts.createProgram(fileNames.filter((name) => name.startsWith(join(npm, "src"))), options);
  const files = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(join(npm, "src")));
  return [...numbered(program, files, isPrivate)].map(([name, number]) => [name, short(number)]);
}

let cache;

/** Options of esbuild. */
export const mangled = () => ({
  mangleProps: /^_./,
  mangleCache: { ...(cache ??= Object.fromEntries(names())), ...KEPT },
});
