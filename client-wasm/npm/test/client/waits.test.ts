/** The waits of the tests in packaging/: one that is too long fails, and its error says for what. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";

/** Imports a file of packaging/ as it is: it finds others by its own path. */
const load = (name: string): Promise<any> => import(join(process.cwd(), "packaging", name));

test("eventually asks until the answer is true, and no longer than the limit", async () => {
  const { eventually } = await load("limit.mjs");
  let asked = 0;
  await eventually("three", () => ++asked === 3);
  assert.equal(asked, 3);
  await assert.rejects(
    eventually("a refusal", () => Promise.reject(new Error("refused"))),
    { message: "refused" },
  );
  await assert.rejects(
    eventually("four", () => false, 50),
    { message: "waited 0.05 s for four" },
  );
  await assert.rejects(
    eventually("an answer", () => new Promise(() => {}), 50),
    { message: "waited 0.05 s for an answer" },
  );
});

test("the error of a page's event is told, also if the page cannot tell its log", async () => {
  const { scenarios } = await load("lifecycle-scenarios.mjs");
  const errors: Record<string, string> = { 'until("disconnect")': "late", "logged()": "gone" };
  const page = { network: () => {}, evaluate: async (expression: string) => Promise.reject(new Error(errors[expression])) };
  const { "offline and online": scenario } = scenarios({ offline: "", frozen: "" });
  await assert.rejects(scenario(page), { message: 'late; the page has logged "Error: gone"' });
});
