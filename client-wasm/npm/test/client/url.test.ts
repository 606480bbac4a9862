/** URLs, parsed like in engine.io-client. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { parse as reference } from "../../node_modules/engine.io-client/build/esm/contrib/parseuri.js";
import { decode, encode, parse, resolveUrl } from "../../src/url.js";

const SCHEMES = ["", "http://", "https://", "ws://", "wss://"];
const USERS = ["", "user@", "user:pass@"];
const HOSTS = ["localhost", "127.0.0.1", "a.b-c.example", "[::1]", "[2001:db8::1]", "::1"];
const PORTS = ["", ":3000"];
const REST = ["", "/", "/chat", "/chat/room.x", "/a//b", "?a=b", "/chat?a=b&c", "/?a=b=c&&d=%20", "#f", "/x?y#z"];

test("URLs are parsed like in engine.io-client", () => {
  for (const scheme of SCHEMES)
    for (const user of USERS)
      for (const host of HOSTS)
        for (const port of PORTS)
          for (const rest of REST) {
            const uri = scheme + user + host + port + rest;
            // engine.io-client reads these differently: a user without a scheme is a scheme; an IPv6 address without brackets includes the port.
            if ((!scheme && user) || (host === "::1" && (port || user))) continue;
            const { protocol, host: name, port: number, path, query, queryKey } = reference(uri);
            const own = parse(uri);
            assert.deepEqual(
              [own.protocol, own.host, own.port, own.path, own.query, own.queryKey],
              [protocol, name, number, path, query, queryKey],
              uri,
            );
          }
});

test("a URL that is too long is rejected", () => assert.throws(() => parse("x".repeat(8001)), /URI too long/));

test("queries are encoded and decoded", () => {
  const query = { "a b": "c&d=e", é: "中", n: "1" };
  assert.equal(encode(query), "a%20b=c%26d%3De&%C3%A9=%E4%B8%AD&n=1");
  assert.deepEqual(decode(encode(query)), query);
  assert.equal(encode(undefined), "");
});

test("the location of the page completes a partial URL", (t) => {
  const page = { protocol: "https:", host: "page.example:8443", hostname: "page.example", port: "8443" };
  Object.defineProperty(globalThis, "location", { value: page, configurable: true });
  t.after(() => delete (globalThis as any).location);
  const of = (uri?: string) => {
    const { id, path, href } = resolveUrl(uri, "/socket.io");
    return [id, path, href];
  };
  assert.deepEqual(of(), ["https://page.example:8443/socket.io", "/", "https://page.example"]);
  assert.deepEqual(of("/chat"), ["https://page.example:8443/socket.io", "/chat", "https://page.example"]);
  assert.deepEqual(of("//other.example/x"), ["https://other.example:443/socket.io", "/x", "https://other.example:443"]);
  assert.deepEqual(of("other.example"), ["https://other.example:443/socket.io", "/", "https://other.example:443"]);
});
