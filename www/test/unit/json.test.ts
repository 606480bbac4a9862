import assert from "node:assert/strict";
import { test } from "node:test";

import { type Expected, parseJson, parseValues } from "../../src/values/json.js";

test("a fault has its position, line, column and what is expected there", () => {
  const cases: [text: string, position: number, line: number, column: number, expected: string, found: string | undefined][] = [
    ["", 0, 1, 1, "value", undefined],
    ["{", 1, 1, 2, "nameOrBrace", undefined],
    ["[", 1, 1, 2, "valueOrBracket", undefined],
    ['{"a": 1,}', 8, 1, 9, "name", "}"],
    ['{"a" 1}', 5, 1, 6, "colon", "1"],
    ['{"a": 1,\n "b": ?}', 15, 2, 7, "value", "?"],
    ["[1 2]", 3, 1, 4, "commaOrBracket", "2"],
    ['{"a": 1 "b"}', 8, 1, 9, "commaOrBrace", '"'],
    ["[1,]", 3, 1, 4, "value", "]"],
    ['"a\nb"', 2, 1, 3, "string", "\n"],
    ['"\\x"', 1, 1, 2, "escape", "\\"],
    ["01", 0, 1, 1, "number", "0"],
    ["tru", 0, 1, 1, "value", "t"],
    ["1 x", 2, 1, 3, "end", "x"],
    ["{'a': 1}", 1, 1, 2, "nameOrBrace", "'"],
    ["[[}", 2, 1, 3, "valueOrBracket", "}"],
    ["[".repeat(2000), 1000, 1, 1001, "depth", "["],
    ["[😀]", 1, 1, 2, "valueOrBracket", "😀"],
  ];
  for (const [text, position, line, column, expected, found] of cases) {
    assert.deepEqual(parseJson(text), { fault: { position, line, column, expected, found } }, text.slice(0, 40));
  }
});

test("values with commas are arguments, and their faults count from the first character", () => {
  assert.deepEqual(parseValues('"a", {"b": [1]}, null'), { values: ["a", { b: [1] }, null] });
  assert.deepEqual(parseValues("  "), { values: [] });
  assert.deepEqual(parseValues('"a" 1').fault, { position: 4, line: 1, column: 5, found: "1", expected: "commaOrEnd" });
  assert.equal(parseValues("[1 2]").fault?.expected, "commaOrBracket");
  assert.deepEqual(parseValues("1], [2").fault, { position: 1, line: 1, column: 2, found: "]", expected: "commaOrEnd" });
  assert.deepEqual(parseValues(" ] 1").fault, { position: 1, line: 1, column: 2, found: "]", expected: "value" }, "nothing is before the bracket");
  assert.equal(parseValues("?").fault?.expected, "value");
  assert.equal(parseValues("[?").fault?.expected, "valueOrBracket");
  assert.equal(parseValues("1, ]").fault?.expected, "value");
  assert.equal(parseValues("1,").fault?.found, undefined, "the text ends");
  assert.equal(parseValues('"open').fault?.expected, "string");
});

test("a fault names exactly what is allowed at its place", () => {
  const parts = ["[", "]", "{", "}", '"a"', ":", ",", "null"];
  const texts = parts.flatMap((a) => parts.flatMap((b) => parts.flatMap((c) => parts.map((d) => a + b + c + d))));
  const value = ["[", "{", '"a"', "null"];
  const allowed: Partial<Record<Expected, string[]>> = {
    value,
    valueOrBracket: [...value, "]"],
    commaOrBracket: [",", "]"],
    commaOrBrace: [",", "}"],
    name: ['"a"'],
    nameOrBrace: ['"a"', "}"],
    colon: [":"],
    end: [],
  };
  /** Whether some JSON begins with a text. */
  const isBeginning = (text: string) => {
    const { fault } = parseJson(text);
    return !fault || fault.found === undefined;
  };
  const seen = new Set<Expected>();
  for (const text of [...texts, ...texts.map((rest) => `{"a":null${rest}`)]) {
    const { fault } = parseJson(text);
    if (!fault) continue;
    seen.add(fault.expected);
    const before = text.slice(0, fault.position);
    const possible = parts.filter((next) => isBeginning(before + next));
    assert.deepEqual(possible.sort(), allowed[fault.expected]?.sort(), `${text}: ${fault.expected}`);
  }
  assert.deepEqual([...seen].sort(), Object.keys(allowed).sort());
});

test("the scanner agrees with JSON.parse about which texts are JSON", () => {
  const parts = ['"a"', "1", "-0.5e3", "true", "null", "{", "}", "[", "]", ":", ",", " ", "\n", '"\\u00e9"', "x", "'", "\\", "0", "."];
  let seed = 7;
  const next = (bound: number) => (seed = (seed * 48271) % 2147483647) % bound;
  for (let round = 0; round < 20_000; round++) {
    const text = Array.from({ length: 1 + next(8) }, () => parts[next(parts.length)]).join("");
    let isJson = true;
    try {
      JSON.parse(text);
    } catch {
      isJson = false;
    }
    const { fault } = parseJson(text);
    assert.equal(fault === undefined, isJson, text);
    // All before the fault must be the beginning of some JSON: a later character alone is to blame.
    if (fault) assert.ok(fault.position <= text.length, text);
  }
});
