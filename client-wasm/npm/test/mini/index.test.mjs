// The table of facts in the README: each test that it names exists.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";

const read = (name) => readFileSync(join(import.meta.dirname, name), "utf8");

/** Returns the titles of all tests; those of each host without its name. */
function titles() {
  const files = readdirSync(import.meta.dirname).filter((name) => name.endsWith(".test.mjs"));
  const found = files.flatMap((file) => [...read(file).matchAll(/\btest\((["`])(.*?)\1, /g)]);
  return found.map(([, , title]) => title.replace(/^\$\{name\}:? | \$\{name\}$/, ""));
}

test("each fact of the README has a test", () => {
  const known = titles();
  const [, tables] = read("README.md").split("## Facts and their tests");
  const rows = [...tables.matchAll(/^\| (.*) \| (.*) \|$/gm)].filter(([, fact]) => fact !== "fact");
  assert.ok(rows.length > 40);
  for (const [row, , proof] of rows) {
    const [, title] = /^"(.*)"$/.exec(proof) ?? [];
    assert.ok(title === undefined ? proof.endsWith("`run.mjs`") : known.includes(title), row);
  }
});
