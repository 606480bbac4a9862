/** Without a script, the fault proxy changes nothing: odd requests to Node's HTTP server and to nginx, with and without it. */

import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";

import { freePort } from "../peers.js";
import { type FaultProxy, startProxy } from "./proxy.js";

/** Bytes of the client; the next piece is sent when the answers so far match the pattern before it. */
type Conversation = (string | RegExp)[];

const BOTH: Record<string, Conversation> = {
  HEAD: ["HEAD /hello HTTP/1.1\r\nHost: a\r\n\r\n", /\r\n\r\n/, "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  pipelined: [
    "GET /hello HTTP/1.1\r\nHost: a\r\n\r\nHEAD /hello HTTP/1.1\r\nHost: a\r\n\r\nGET /none HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  ],
  "HTTP/1.0": ["GET /hello HTTP/1.0\r\n\r\n"],
  "HTTP/1.0, kept alive": [
    "GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
    /\r\n\r\nhello/,
    "GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
  ],
  "lines without CR": ["GET /hello HTTP/1.1\nHost: a\nConnection: close\n\n"],
  "an absolute target and odd headers": ["GET http://a/hello?x=%00&y HTTP/1.1\r\nhOsT: a\r\nX-a:  1 \r\nX-A:2\r\nConnection: close\r\n\r\n"],
  "another protocol": ["\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n"],
  "HTTP/2": ["PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0"],
  "a request for h2c": ["GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AA\r\n\r\n"],
  CONNECT: ["CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\nConnection: close\r\n\r\n"],
  "two lengths": ["POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"],
  "a wrong length": ["POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n"],
  "no host": ["GET /hello HTTP/1.1\r\n\r\n"],
  "a long header": [`GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: ${"a".repeat(20_000)}\r\n\r\n`],
  "100 headers": [`GET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n${"X-Some: b\r\n".repeat(100)}\r\n`],
  "an idle connection": ["GET /hello HTTP/1.1\r\nHost: a\r\n\r\n"],
  "an empty line before": ["\r\nGET /hello HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
};

const NODE: Record<string, Conversation> = {
  "100 Continue": [
    "POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    /100 Continue\r\n\r\n/,
    "hello",
  ],
  "chunks with extensions and trailers": [
    "POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n5;a=1\r\nhel",
    "lo\r\n00\r\nX-Sum: 1\r\n\r\n",
  ],
  "a stream in both directions": [
    "POST /talk HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nConnection: close\r\n\r\none",
    /\r\none\r\n/,
    "two",
    /\r\ntwo\r\n/,
    "six",
  ],
  "early hints": ["GET /hints HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  "no content": ["GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"],
  "trailers of the server": ["GET /trailers HTTP/1.1\r\nHost: a\r\nTE: trailers\r\nConnection: close\r\n\r\n"],
  "an answer that ends too early": ["GET /short HTTP/1.1\r\nHost: a\r\n\r\n"],
};

const NGINX: Record<string, Conversation> = {
  "HTTP/0.9": ["GET /hello\r\n"],
  "a range": ["GET /hello HTTP/1.1\r\nHost: a\r\nRange: bytes=1-2\r\nConnection: close\r\n\r\n"],
  "a body that is too large": ["POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\nConnection: close\r\n\r\nabc"],
  "a body for a file": [
    "POST /hello HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n",
    /\r\n\r\n/,
    "abc",
  ],
  "chunks for a file": ["POST /hello HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\n\r\n"],
};

/** Sends the pieces, and returns the answers, and how the connection ends. */
async function talk(port: number, conversation: Conversation): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  const answers = read(socket);
  for (const piece of conversation) {
    if (typeof piece === "string") socket.write(piece, "latin1");
    else await answers.until(piece);
  }
  return (await answers.end).replace(/Date: .*/g, "Date: now");
}

function read(socket: Socket): { until(pattern: RegExp): Promise<void>; end: Promise<string> } {
  let text = "";
  socket.setEncoding("latin1").on("data", (part: string) => (text += part));
  const end = new Promise<string>((resolve) => {
    socket.on("end", () => resolve(`${text}<end>`));
    socket.on("error", ({ message }) => resolve(`${text}<${message.replace("write EPIPE", "read ECONNRESET")}>`));
  });
  const until = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const check = () => pattern.test(text) && resolve();
      socket.on("data", check);
      end.then(() => reject(new Error(`no ${pattern} in ${JSON.stringify(text)}`)));
      check();
    });
  return { until, end };
}

/** The requests that the server sees. */
let seen: string[] = [];
/** Ends of its requests. */
let closed: Promise<unknown>[] = [];

function nodeServer(): Server {
  const server = createServer(async (request, response) => {
    const { method, url, httpVersion, rawHeaders } = request;
    seen.push(JSON.stringify({ method, url, httpVersion, rawHeaders }));
    closed.push(once(response, "close").then(() => seen.push(request.complete ? "complete" : "incomplete")));
    switch (url) {
      case "/talk":
        return request.on("data", (part) => response.write(part)).on("end", () => response.end());
      case "/hints":
        response.writeEarlyHints({ link: "</a>; rel=preload" });
        break;
      case "/204":
      case "/304":
        return response.writeHead(Number(url.slice(1))).end();
      case "/trailers":
        response.setHeader("Trailer", "X-Sum");
        response.write("hello");
        response.addTrailers({ "X-Sum": "1" });
        return response.end();
      case "/short":
        response.writeHead(200, { "Content-Length": 100 });
        return response.write("hello", () => response.socket?.end());
      case "/poll":
        return undefined;
      case "/413-and-read":
        return response.writeHead(413).end("large");
      case "/413":
        return response.writeHead(413, { Connection: "close" }).end("large");
    }
    const body = (await request.toArray()).join("");
    seen.push(JSON.stringify({ body, trailers: request.rawTrailers }));
    return response.end("hello");
  });
  server.keepAliveTimeout = 200;
  return server;
}

async function transcript(port: number, conversation: Conversation): Promise<{ client: string; server: string[] }> {
  seen = [];
  closed = [];
  const client = await talk(port, conversation);
  await Promise.all(closed);
  // Time decides how the events of several requests mix.
  return { client, server: seen.sort() };
}

async function check(ports: { direct: number; proxied: number }, conversation: Conversation): Promise<void> {
  const direct = await transcript(ports.direct, conversation);
  const proxied = await transcript(ports.proxied, conversation);
  assert.deepEqual(proxied, direct);
  assert.match(direct.client, /</);
}

describe("in front of Node's HTTP server", () => {
  const server = nodeServer();
  let proxy: FaultProxy;
  const ports = { direct: 0, proxied: 0 };

  before(async () => {
    await once(server.listen(0, "127.0.0.1"), "listening");
    ports.direct = (server.address() as AddressInfo).port;
    proxy = await startProxy(`http://127.0.0.1:${ports.direct}`);
    ports.proxied = Number(new URL(proxy.url).port);
  });
  after(() => {
    proxy.stop();
    server.close();
    server.closeAllConnections();
  });

  for (const [name, conversation] of Object.entries({ ...BOTH, ...NODE })) {
    test(name, { timeout: 60_000 }, () => check(ports, conversation));
  }

  test("a client that leaves a long poll", { timeout: 60_000 }, async () => {
    for (const port of [ports.direct, ports.proxied]) {
      const asked = once(server, "request");
      const socket = connect(port, "127.0.0.1").on("error", () => {});
      socket.write("GET /poll HTTP/1.1\r\nHost: a\r\n\r\n");
      const [, response] = await asked;
      socket.destroy();
      await once(response, "close");
    }
  });

  const head = "POST /413 HTTP/1.1\r\nHost: a\r\nContent-Length: 20000000\r\n\r\n";
  const body = "a".repeat(20_000_000);

  test("413 amid 20 MB, which the server reads to their end", { timeout: 60_000 }, async () => {
    for (const port of [ports.direct, ports.proxied]) {
      const answer = await talk(port, [head.replace("/413", "/413-and-read"), body]);
      assert.match(answer, /^HTTP\/1.1 413 [\s\S]*large[\s\S]*<end>$/);
    }
  });

  test("413 before 20 MB, which the server does not read", { timeout: 60_000 }, async () => {
    for (const port of [ports.direct, ports.proxied]) {
      // Whether a reset comes after the answer depends on time.
      assert.match(await talk(port, [head, /large/, body]), /^HTTP\/1.1 413 /);
    }
  });
});

const hasNginx = spawnSync("nginx", ["-v"]).status === 0;

describe("in front of nginx", { skip: hasNginx ? false : "nginx is not installed" }, () => {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-nginx-"));
  let nginx: ChildProcess;
  let proxy: FaultProxy;
  const ports = { direct: 0, proxied: 0 };

  before(async () => {
    ports.direct = await freePort();
    // The workers of nginx may have another user.
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "hello"), "hello");
    writeFileSync(join(folder, "nginx.conf"), configuration(folder, ports.direct));
    nginx = spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "stderr"], { stdio: ["ignore", "ignore", "inherit"] });
    await accepts(ports.direct);
    proxy = await startProxy(`http://127.0.0.1:${ports.direct}`);
    ports.proxied = Number(new URL(proxy.url).port);
  });
  after(async () => {
    proxy.stop();
    nginx.kill();
    await once(nginx, "exit");
    rmSync(folder, { recursive: true });
  });

  for (const [name, conversation] of Object.entries({ ...BOTH, ...NGINX })) {
    test(name, { timeout: 60_000 }, () => check(ports, conversation));
  }
});

const configuration = (folder: string, port: number) => `
daemon off;
worker_processes 1;
pid nginx.pid;
error_log stderr crit;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_timeout 1s;
  lingering_timeout 200ms;
  client_max_body_size 1000;
  server {
    listen 127.0.0.1:${port};
    root ${folder};
  }
}
`;

/** Waits until a program accepts connections; the limit is that of the hook. */
async function accepts(port: number): Promise<void> {
  const socket = connect(port, "127.0.0.1");
  const isOpen = await new Promise<boolean>((resolve) => socket.on("connect", () => resolve(true)).on("error", () => resolve(false)));
  socket.destroy();
  if (!isOpen) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    await accepts(port);
  }
}
