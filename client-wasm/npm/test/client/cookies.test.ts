/** The cookie jar for Node, against the one of engine.io-client. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CookieJar as Reference } from "../../node_modules/engine.io-client/build/esm/globals.node.js";
import { MemoryCookieJar } from "../../src/cookies.js";

const HEADERS = [
  "a=b",
  "a=b; Path=/; HttpOnly",
  'q="in quotes"; Max-Age=100',
  "gone=1; Max-Age=0",
  "gone=1; max-age=-5",
  "odd=1; Max-Age=x",
  "past=1; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
  "future=1; expires=Fri, 01 Jan 2999 00:00:00 GMT",
  "bad=1; Expires=never",
  "=nameless",
  "nothing",
  "e=a=b; Secure",
  " spaced = x ",
  "empty=",
];

test("cookies are parsed like in engine.io-client", () => {
  for (const header of HEADERS) {
    const [own, reference] = [new MemoryCookieJar(), new Reference()];
    own.read([header]);
    reference.parseCookies([header]);
    const expected = [...reference.cookies].map(([name, { value }]: any) => `${name}=${value}`);
    assert.deepEqual(own.cookies(), expected, header);
  }
});

test("a cookie replaces an earlier one with the same name", () => {
  const cookies = new MemoryCookieJar();
  cookies.read(["a=1", "b=2"]);
  cookies.read(["a=3"]);
  cookies.read(undefined);
  assert.deepEqual(cookies.cookies(), ["a=3", "b=2"]);
  cookies.read(["a=; Max-Age=0"]);
  assert.deepEqual(cookies.cookies(), ["b=2"]);
});

test("a server that sets a new cookie with each response does not fill the memory", () => {
  const jar = new MemoryCookieJar();
  for (let n = 0; n < 60; n++) jar.read([`c${n}=${n}`]);
  jar.read(["c10=again", "long=" + "x".repeat(4092), "fits=" + "x".repeat(4091)]);
  const names = jar.cookies().map((cookie) => cookie.split("=")[0]);
  assert.deepEqual([names.length, names[0], names[49]], [50, "c11", "fits"]);
});
