import assert from "node:assert/strict";
import { test } from "node:test";

import { diagnose, type World } from "../../src/connection/diagnose.js";
import { DEFAULTS } from "../../src/values/settings.js";
import { check, type Target } from "../../src/values/target.js";

const target = (url: string, more = {}) => ({ ...check({ ...DEFAULTS, url }).target, ...more }) as Target;

/** A page on http://page, for which `answer` answers; an error is a request that failed. */
function world(answer: (url: string, mode: string, credentials: string) => Response | Error, more: Partial<World> = {}): World {
  return {
    fetch: async (url, { mode, credentials }) => {
      const found = answer(url, String(mode), String(credentials));
      if (found instanceof Error) throw found;
      return found;
    },
    isOnline: true,
    pageProtocol: "http:",
    pageOrigin: "http://page",
    ...more,
  };
}

const failed = new TypeError("Failed to fetch");
const opaque = new Response();
const reason = async (target: Target, world: World) => (await diagnose(target, world)).reason;

test("without a request: offline, and mixed content", async () => {
  const never = world(() => assert.fail("no request is needed"));
  assert.equal(await reason(target("http://example.com"), { ...never, isOnline: false }), "offline");
  assert.equal(await reason(target("ws://example.com"), { ...never, pageProtocol: "https:" }), "mixedContent");
  const refused = world(() => failed, { pageProtocol: "https:", isOnline: false });
  assert.equal(await reason(target("http://localhost:3000"), refused), "unreachable", "browsers trust localhost");
});

test("an answer that the page cannot read is CORS", async () => {
  assert.equal(
    await reason(
      target("http://example.com"),
      world((_, mode) => (mode === "cors" ? failed : opaque)),
    ),
    "cors",
  );
  // A WebSocket needs no CORS, so a server that only answers requests is another one.
  assert.equal(
    await reason(
      target("http://example.com", { transports: ["websocket"] }),
      world((_, mode) => (mode === "cors" ? failed : opaque)),
    ),
    "notSocketIo",
  );
  const withCookies = world((_, mode, credentials) => (mode === "cors" && credentials === "include" ? failed : opaque));
  assert.equal(await reason(target("http://example.com", { credentials: true }), withCookies), "credentials");
});

test("no answer: nothing listens, another scheme, or a certificate", async () => {
  assert.equal(
    await reason(
      target("http://example.com"),
      world(() => failed),
    ),
    "unreachable",
  );
  assert.equal(
    await reason(
      target("https://example.com"),
      world(() => failed),
    ),
    "certificate",
  );
  const { reason: found, values } = await diagnose(
    target("http://example.com"),
    world((url) => (url.startsWith("https:") ? opaque : failed)),
  );
  assert.deepEqual([found, values.other], ["wrongScheme", "https://example.com"]);
});

test("an answer tells what the server is", async () => {
  const said = (body: string, status = 200, type = "text/plain") => world(() => new Response(body, { status, headers: { "content-type": type } }));
  const at = target("http://example.com");
  assert.equal(await reason(at, said('{"code":5,"message":"Unsupported protocol version"}', 400)), "refusedVersion");
  assert.equal(await reason(at, said('"The client is using an unsupported version of the Socket.IO or Engine.IO protocols"', 400)), "refusedVersion");
  assert.equal(await reason(at, said('{"code":4,"message":"Forbidden"}', 403)), "engineError");
  assert.equal(await reason(at, said('0{"sid":"a","upgrades":[]}')), "websocketOnly");
  assert.equal(await reason(target("http://example.com", { version: "eio4" }), said('97:0{"sid":"a"}')), "otherVersion");
  assert.equal(await reason(target("http://example.com", { version: "eio3" }), said('0{"sid":"a"}')), "otherVersion");
  const { reason: found, values } = await diagnose(at, said("<title>404 Not Found</title>", 404, "text/html; charset=utf-8"));
  assert.deepEqual([found, values.found], ["notSocketIo", "HTTP 404, text/html, “404 Not Found”"]);
});

test("no answer from a port to which browsers do not connect", async () => {
  const silent = world(() => failed);
  assert.equal(await reason(target("http://127.0.0.1:6667"), silent), "blockedPort");
  assert.equal(await reason(target("wss://example.com:10080"), silent), "blockedPort");
  assert.equal(await reason(target("http://127.0.0.1:3000"), silent), "unreachable");
  assert.equal(await reason(target("http://example.com"), silent), "unreachable", "a port that is not named is that of the scheme");
  // A browser can be told to allow one.
  assert.equal(
    await reason(
      target("http://127.0.0.1:6667"),
      world((_, mode) => (mode === "cors" ? failed : opaque)),
    ),
    "cors",
  );
});
