import assert from "node:assert/strict";
import { test } from "node:test";

import en from "../../texts/en.json";
import zh from "../../texts/zh.json";

type Sections = Record<string, Record<string, string>>;

const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(String).sort();

test("both languages have the same texts, with the same places", () => {
  const [english, chinese] = [en, zh] as [Sections, Sections];
  assert.deepEqual(Object.keys(english), Object.keys(chinese));
  for (const [section, texts] of Object.entries(english)) {
    assert.deepEqual(Object.keys(chinese[section] || {}).sort(), Object.keys(texts).sort(), section);
    for (const [key, text] of Object.entries(texts)) assert.deepEqual(places(chinese[section]?.[key] || ""), places(text), `${section} ${key}`);
  }
});
