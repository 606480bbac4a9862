import assert from "node:assert/strict";
import { test } from "node:test";

import { type Entry, KINDS } from "../../src/packets/entry.js";
import type { Filter } from "../../src/timeline/filter.js";
import { PAGE, Pages } from "../../src/timeline/pages.js";

const ALL: Filter = { kinds: new Set(KINDS), direction: "none", namespace: "", search: "" };

const entry = (number: number, name = "said"): Entry => ({
  number,
  time: 0,
  direction: "in",
  kind: "event",
  namespace: "/",
  name,
  args: [],
  raw: [],
  size: 0,
  missing: 0,
});

const lines = (count: number) => Array.from({ length: count }, (_, index) => entry(index + 1));

/** The first and the last number of the page. */
const ends = (pages: Pages) => [pages.page()[0]?.number, pages.page().at(-1)?.number];

/** Leafs as the view does. */
function older(pages: Pages): void {
  pages.goOlder(pages.page()[0]?.number as number);
}
function newer(pages: Pages): void {
  pages.goNewer(pages.page().at(-1)?.number as number);
}

/** Leafs from the newest page to the oldest. Returns all numbers on the way, the newest page first. */
function walk(pages: Pages): number[] {
  const seen: number[] = [];
  for (;;) {
    const page = pages.page();
    seen.push(...page.map(({ number }) => number).reverse());
    const [first, last] = [page[0], page.at(-1)];
    if (!first || !last || !pages.beside(first.number, last.number).older) return seen;
    older(pages);
  }
}

test("the pages have each line that is kept once, from the newest to the oldest", () => {
  for (const count of [1, PAGE, PAGE + 1, 4 * PAGE]) {
    const pages = new Pages();
    pages.find(ALL, lines(count));
    assert.deepEqual(
      walk(pages),
      lines(count)
        .map(({ number }) => number)
        .reverse(),
    );
  }
});

test("lines that come meanwhile do not move the page, and the way back ends at them", () => {
  const pages = new Pages();
  pages.find(ALL, lines(1200));
  older(pages);
  assert.deepEqual(ends(pages), [201, 700]);
  for (let number = 1201; number <= 1300; number++) pages.add(entry(number));
  assert.deepEqual(ends(pages), [201, 700]);
  assert.deepEqual(pages.beside(201, 700), { newer: 600, older: 200 });
  newer(pages);
  assert.deepEqual(ends(pages), [701, 1200]);
  assert.equal(pages.isLive, false);
  newer(pages);
  assert.deepEqual(ends(pages), [801, 1300]);
  assert.equal(pages.isLive, true, "the newest page follows new lines");
});

test("lines that are not kept any more are on no page", () => {
  const pages = new Pages();
  pages.find(ALL, lines(1200));
  older(pages);
  pages.forgetBefore(601);
  assert.equal(pages.count, 600);
  assert.deepEqual(ends(pages), [601, 700]);
  pages.forgetBefore(5000);
  assert.deepEqual([pages.count, pages.page()], [0, []]);
});

test("a filter counts and leafs through the lines that it finds, from the newest", () => {
  const pages = new Pages();
  const mixed = lines(1600).map((line) => (line.number % 2 ? line : entry(line.number, "odd one")));
  pages.find(ALL, mixed);
  older(pages);
  pages.find({ ...ALL, search: "odd" }, mixed);
  assert.equal(pages.count, 800);
  assert.deepEqual(ends(pages), [602, 1600]);
  pages.add(entry(1601));
  pages.add(entry(1602, "odd one"));
  assert.deepEqual(
    pages.after(1600).map(({ number }) => number),
    [1602],
  );
  assert.deepEqual(new Set(walk(pages)).size, 801);
});

test("a pause holds all pages, also for other filters, until it ends", () => {
  const pages = new Pages();
  pages.find(ALL, lines(700));
  pages.pause(700);
  for (let number = 701; number <= 800; number++) pages.add(entry(number));
  assert.deepEqual(ends(pages), [201, 700]);
  assert.deepEqual(pages.beside(201, 700), { newer: 0, older: 200 });
  pages.find({ ...ALL, search: "said" }, lines(800));
  assert.deepEqual(ends(pages), [201, 700]);
  older(pages);
  newer(pages);
  assert.deepEqual(ends(pages), [201, 700]);
  assert.deepEqual([pages.isNewest, pages.isLive], [true, false]);
  pages.resume();
  assert.deepEqual(ends(pages), [301, 800]);
});

test("a line that gets its attachments is found, or is not any more, at its place", () => {
  const pages = new Pages();
  const growing = entry(2);
  pages.find({ ...ALL, search: "late" }, [entry(1, "late"), growing, entry(3, "late")]);
  assert.equal(pages.change(growing), false);
  growing.args = ["late"];
  assert.equal(pages.change(growing), true);
  assert.deepEqual(
    pages.page().map(({ number }) => number),
    [1, 2, 3],
  );
  assert.equal(pages.change(growing), false);
  growing.args = [];
  assert.equal(pages.change(growing), true);
  assert.equal(pages.count, 2);
});
