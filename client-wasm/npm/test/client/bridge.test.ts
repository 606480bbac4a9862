/** `tidewire/bridge` against the vectors of the core, and with an HTTP server of the test that answers as the recorded one. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";

import {
  bridgedEvent,
  publication,
  readTransportResponse,
  type TransportMessage,
  TransportRefusal,
  transportBody,
  transportMessage,
} from "../../src/entry/bridge.js";
import { sign } from "../../src/entry/envelope.js";

const VECTORS = join(process.cwd(), "../../client-core/tests/vectors/bridge.json");

const run = {
  message({ name, message, is }: any) {
    const { target, userId, ...rest } = message;
    assert.equal(transportBody({ ...rest, target: { socketId: target, userId } }), is, name);
  },
  response({ name, status, body, is }: any) {
    const refusal = readTransportResponse(status, body);
    assert.deepEqual(refusal ? [refusal.status, refusal.reason] : null, is === null ? null : [status, is], name);
  },
  publication({ name, event, data, socket, is }: any) {
    assert.equal(publication(event, data, socket), is, name);
  },
  event({ name, channel, event, is }: any) {
    assert.equal(bridgedEvent(channel, event), is, name);
  },
};

for (const one of JSON.parse(readFileSync(VECTORS, "utf8"))) test(one.name, () => run[one.op as keyof typeof run](one));

const KEY = "0123456789abcdef0123456789abcdef";
const message: TransportMessage = {
  app: "signatureApp",
  target: { socketId: "s2", userId: "u2" },
  message: { msg: "你好" },
  sign: async ({ app, timestamp }) => sign(app, KEY, timestamp),
};

test("a message goes to the server, and a refusal rejects", async () => {
  const requests: any[] = [];
  const answers: [number, string][] = [
    [200, '{"status":200,"success":true,"message":"转发成功"}'],
    [500, '{"status":500,"success":false,"message":"转发失败 ID: s2 不存在"}'],
  ];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const part of request.setEncoding("utf8")) body += part;
    requests.push([request.method, request.url, request.headers["content-type"], JSON.parse(body)]);
    const [status, text] = answers.shift() as [number, string];
    response.writeHead(status, { "Content-Type": "application/json" }).end(text);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as { port: number }).port}`;
  await transportMessage(url, { ...message, timestamp: 1543469988762 });
  await assert.rejects(transportMessage(`${url}/`, message), (error: any) => {
    assert.ok(error instanceof TransportRefusal);
    assert.deepEqual([error.status, error.reason, error.name], [500, "转发失败 ID: s2 不存在", "TransportRefusal"]);
    return true;
  });
  assert.deepEqual(requests[0], [
    "POST",
    "/api/transportMessage",
    "application/json",
    { timestamp: 1543469988762, app: "signatureApp", target: "s2", userId: "u2", sign: "63cfcdf8f45e3d139212f477a6c8efff", message: { msg: "你好" } },
  ]);
  const { timestamp, sign: signature } = requests[1][3];
  assert.equal(signature, sign("signatureApp", KEY, timestamp));
  server.close();
});

test("fields of another type are errors, and nothing is sent", async () => {
  const fetch = () => assert.fail("nothing is sent");
  for (const bad of [
    { app: 7 },
    { target: "s2" },
    { target: { socketId: "s2" } },
    { target: { socketId: 1, userId: "u" } },
    { message: "text" },
    { message: [] },
    { message: null },
    { sign: undefined },
    { sign: () => 7 },
    { timestamp: "1" },
    { timestamp: 1.5 },
  ] as any[]) {
    await assert.rejects(transportMessage("http://unused", { ...message, ...bad }, { fetch }), TypeError);
  }
  const failing = { ...message, sign: () => Promise.reject(new Error("no key")) };
  await assert.rejects(transportMessage("http://unused", failing, { fetch }), /no key/);
  assert.equal(publication("e", undefined), '{"event":"e","data":null}');
});
