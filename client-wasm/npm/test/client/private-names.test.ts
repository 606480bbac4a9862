/** Tests which private names may have the same short name in the bundles (`scripts/private-names.mjs`). */

import assert from "node:assert/strict";
import { test } from "node:test";

import ts from "typescript";

import { numbered } from "../../scripts/private-names.mjs";

/** Returns the numbers of the private names of a source. */
function numbersOf(source: string): (name: string) => number {
  const file = ts.createSourceFile("source.ts", source, ts.ScriptTarget.ES2020, true);
  const options = { target: ts.ScriptTarget.ES2020, strict: true, noLib: true };
  const host: ts.CompilerHost = {
    ...ts.createCompilerHost(options),
    getSourceFile: (name) => (name === "source.ts" ? file : undefined),
    fileExists: (name) => name === "source.ts",
  };
  const numbers = numbered(ts.createProgram(["source.ts"], options, host), [file], (name) => name.startsWith("_"));
  return (name) => numbers.get(name) as number;
}

const differ = (source: string, ...names: string[]) => {
  const numbers = names.map(numbersOf(source));
  assert.equal(new Set(numbers).size, names.length, `${names}: ${numbers}`);
};

test("classes that have nothing to do with each other share their names", () => {
  const number = numbersOf("class A { _a = 1; _b = 2 } class B { _c = 3; _d = 4 }");
  assert.deepEqual([..."abcd"].map((letter) => number("_" + letter)).sort(), [0, 0, 1, 1]);
});

test("frequent names have low numbers", () => {
  const number = numbersOf("class A { _a = 1; _b = 2; f() { return this._b + this._b + this._a; } }");
  assert.deepEqual([number("_b"), number("_a")], [0, 1]);
});

test("names of a class, its ancestors and its interfaces differ", () => {
  const source =
    "interface I { _i: number } class A { _a = 1; static _s = 1; static _t = 2 } class B extends A implements I { _i = 1; private _b = 2 }";
  differ(source, "_a", "_i", "_b");
  differ(source, "_s", "_t");
  differ("class A { constructor(private _a: number, readonly _b: number) {} _c() {} get _d() { return 1 } }", "_a", "_b", "_c", "_d");
});

test("names of an object literal differ from each other and from those of its type", () => {
  differ("interface O { _a?: number; _b?: number; _c?: number } const o: O = { _a: 1, _b: 2 };", "_a", "_b", "_c");
});

test("an optional name of an interface differs from the names of all that can be passed for it", () => {
  const source = "interface I { x: number; _i?: number } class A { x = 1; _a = 2 } function f(i: I) { return i._i } f(new A());";
  differ(source, "_i", "_a");
});

test("names of a type differ from those of the value that is cast to it", () => {
  differ("class A { _a = 1 } const f = (a: A) => (a as unknown as { _b?: number })._b;", "_a", "_b");
  differ("type F = (() => void) & { _a?: number; _b?: number };", "_a", "_b");
});

test("the name of an object whose type is not known is an error", () => {
  assert.throws(() => numbersOf("const f = (value: any) => value._a;"), /source\.ts:1: value\._a: the type of the object is not known/);
});
