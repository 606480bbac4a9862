import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { History, load } from "../../src/values/history.js";
import { DEFAULTS, fromHash, publicUrl, type Settings, toHash, withoutSecrets } from "../../src/values/settings.js";
import { check } from "../../src/values/target.js";

const settings = (more: Partial<Settings>): Settings => ({ ...DEFAULTS, url: "http://localhost:3000", ...more });
const problems = (more: Partial<Settings>) => check(settings(more)).problems?.map(({ field, text }) => `${field} ${text}`);

test("a link has the settings, and secrets only if asked for", () => {
  const all = settings({ namespaces: "/chat /lab", transports: "websocket", auth: '{"token":"secret"}', headers: '{"a":"b"}', query: '{"q":"ü&="}' });
  assert.ok(!toHash(all, false).includes("secret"));
  assert.deepEqual(fromHash(`#${toHash(all, false)}`), { url: all.url, namespaces: all.namespaces, transports: "websocket" });
  assert.deepEqual({ ...DEFAULTS, ...fromHash(toHash(all, true)) }, all);
});

test("the URL of a link has no password and no token unless asked for", () => {
  const all = settings({ url: "http://user:secret@localhost:3000/chat?token=secret#secret" });
  assert.deepEqual(fromHash(toHash(all, false)), { url: "http://localhost:3000/chat" });
  assert.equal(withoutSecrets(all).url, "http://localhost:3000/chat");
  assert.equal(fromHash(toHash(all, true)).url, all.url);
  for (const url of ["localhost:3000", "https://a.example/a@b", ""]) assert.equal(publicUrl(url), url);
  assert.equal(publicUrl("user:secret@localhost:3000"), "localhost:3000");
});

test("a strange or long link is ignored", () => {
  assert.deepEqual(fromHash("#%E0%A4%A&unknown=1&=&&"), {});
  assert.deepEqual(fromHash(`#url=${"a".repeat(30_000)}`), {});
});

test("a URL gives scheme, host and port; its path is a namespace, its query the query", () => {
  const { target } = check(settings({ url: " https://example.com:8443/chat?token=a ", query: '{"user": "b"}' }));
  assert.deepEqual([target?.uri, target?.namespaces, target?.query], ["https://example.com:8443", ["/chat"], { token: "a", user: "b" }]);
  assert.deepEqual(check(settings({ url: "http://localhost:3000/socket.io/?EIO=4&transport=polling" })).target?.namespaces, ["/"]);
  assert.deepEqual(check(settings({ namespaces: "/, chat /lab /lab" })).target?.namespaces, ["/", "/chat", "/lab"]);
  assert.deepEqual(check(settings({ namespaces: "" })).target?.namespaces, ["/"]);
  assert.equal(check(settings({ url: "localhost:3000" })).target?.uri, "http://localhost:3000");
  assert.equal(check(settings({ url: "example.com" })).target?.uri, "https://example.com");
  assert.equal(check(settings({ url: "wss://example.com" })).target?.uri, "wss://example.com");
});

test("each setting that cannot be used is named", () => {
  assert.deepEqual(problems({ url: "" }), ["url url.blank"]);
  assert.deepEqual(problems({ url: "http://" }), ["url url.bad"]);
  assert.deepEqual(problems({ url: "http://a b" }), ["url url.bad"]);
  assert.deepEqual(problems({ url: "ftp://example.com" }), ["url url.scheme"]);
  assert.deepEqual(problems({ url: "javascript:alert(1)" }), ["url url.scheme"]);
  assert.deepEqual(problems({ path: "socket.io" }), ["path path.bad"]);
  assert.deepEqual(problems({ namespaces: "/a?b" }), ["namespaces namespaces.bad"]);
  assert.deepEqual(problems({ namespaces: Array.from({ length: 21 }, (_, at) => `/${at}`).join(" ") }), ["namespaces namespaces.many"]);
  assert.deepEqual(problems({ auth: "{", query: "[]", headers: "1" }), ["query object.bad", "auth json", "headers object.bad"]);
  assert.deepEqual(problems({ query: '{"a": {"b": 1}}' }), ["query query.bad"], "the server would get [object Object]");
  assert.deepEqual(problems({ query: '{"a": [1]}' }), ["query query.bad"]);
  assert.deepEqual(problems({ headers: '{"a b": "c"}' }), ["headers headers.bad"]);
  assert.deepEqual(problems({ headers: '{"a": 1}' }), ["headers headers.bad"]);
  assert.deepEqual(problems({ transports: "carrier pigeon" }), ["transports transports.bad"]);
  assert.deepEqual(problems({ url: "http://localhost:3000/%E0%A4%A" }), ["url url.bad"]);
});

/** A storage with room for so many characters. */
class Storage {
  readonly values = new Map<string, string>();
  constructor(private readonly room: number) {}
  getItem(name: string) {
    return this.values.get(name) ?? null;
  }
  setItem(name: string, value: string) {
    if (value.length > this.room) throw new DOMException("full", "QuotaExceededError");
    this.values.set(name, value);
  }
  removeItem(name: string) {
    this.values.delete(name);
  }
}
const use = (storage: unknown) => Object.defineProperty(globalThis, "localStorage", { value: storage, configurable: true });

beforeEach(() => use(new Storage(1000)));

test("the history has the newest first, without doubles, up to its limit", () => {
  const history = new History("servers", 3);
  for (const text of ["a", "b", "a", "c", "d"]) assert.ok(history.add(text));
  assert.deepEqual(history.items, ["d", "c", "a"]);
  history.clear();
  assert.deepEqual(history.items, []);
});

test("a full storage drops older texts, and one that is forbidden stores nothing", () => {
  const history = new History("servers", 50);
  for (let count = 0; count < 20; count++) history.add(`${count} ${"x".repeat(90)}`);
  assert.equal(history.items[0]?.slice(0, 2), "19");
  assert.ok(history.items.length > 2);
  assert.equal(history.add("y".repeat(2000)), false);
  use({
    getItem() {
      throw new DOMException("no", "SecurityError");
    },
  });
  assert.deepEqual(history.items, []);
  assert.equal(history.add("a"), false);
  history.clear();
});

test("a stored value of another type is not used", () => {
  localStorage.setItem("tidewire.servers", '{"a":1}');
  assert.deepEqual(new History("servers", 3).items, []);
  localStorage.setItem("tidewire.servers", "{");
  assert.deepEqual(load("servers", [], Array.isArray), []);
});
