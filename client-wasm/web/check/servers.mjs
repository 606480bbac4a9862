// The servers that pages start and stop, and programs without a socket, by requests below `/control/`.

import { connect } from "node:net";
import { text } from "node:stream/consumers";

import { LIMIT, within } from "../../npm/packaging/limit.mjs";
import { startFront, startRedis, startServer } from "../../npm/packaging/servers.mjs";
import { freePort } from "../../../server-testbed/peers/free-port.js";

/** By port: a server, and the programs that it needs. They outlive it, because it may be started again. */
const running = new Map();

/** Starts a server, on its previous port if it had one. Returns its port, and the hash of its certificate for WebTransport. */
export async function start(query) {
  // 0 is any port, as in every other place.
  const port = Number(query.get("port")) ? query.get("port") : String(await freePort());
  const parts = running.get(port) || (await needs(query));
  const env = { PORT: port };
  const args = [];
  const pings = [["interval", "PING_INTERVAL", "--ping-interval"], ["timeout", "PING_TIMEOUT", "--ping-timeout"]];
  for (const [name, variable, flag] of pings) {
    if (!query.get(name)) continue;
    env[variable] = query.get(name);
    args.push(flag, query.get(name));
  }
  if (query.get("recovery")) env.RECOVERY = "yes";
  if (parts.sessionPort) Object.assign(env, { WEBTRANSPORT: "yes", SESSION_PORT: parts.sessionPort });
  if (parts.redis) env.REDIS_PORT = parts.redis.port;
  if (parts.laravel) {
    const auth = `http://127.0.0.1:${parts.laravel.port}/broadcasting/auth`;
    args.push("--app", `${query.get("app")}=${query.get("key")}`, "--redis", `redis://127.0.0.1:${parts.redis.port}`);
    // It warns of a Redis that ends.
    args.push("--echo-client", "app=key", "--echo-auth", auth, "--log", "error");
  }
  parts.server = await startServer(query.get("kind"), env, args);
  running.set(parts.server.port, parts);
  if (parts.sessionPort) parts.front ||= await startFront(parts.sessionPort, port, query.get("webtransport"));
  return { port: parts.server.port, certificate: parts.front?.certificate };
}

async function needs(query) {
  const redis = query.get("redis") === "true" && (await startRedis());
  // The testbed of an application asks a stub of Laravel.
  const laravel = query.get("app") && (await startServer("laravel/auth"));
  // A front with QUIC forwards sessions to this port, also after a restart.
  const sessionPort = query.get("webtransport") && String(await freePort());
  return { redis, laravel, sessionPort };
}

/** Stops a server as a crash does. Its port is free then. */
export async function stop(port) {
  const server = running.get(port)?.server;
  // The testbed ends slowly at another signal: it tells its clients.
  if (server) await within("the end of a server", server.stop("SIGKILL"));
}

/** Stops a server and the programs that it needs. */
export function end(port) {
  const parts = running.get(port) || {};
  for (const part of [parts.server, parts.front, parts.redis, parts.laravel]) if (part) part.stop();
  running.delete(port);
}

export function endAll() {
  for (const port of running.keys()) end(port);
}

/** Publishes a text in the Redis of a server. */
async function publish(port, channel, content) {
  const redis = connect(running.get(port).redis.port, "127.0.0.1");
  const parts = ["PUBLISH", channel, content].map((part) => `$${Buffer.byteLength(part)}\r\n${part}\r\n`);
  redis.write(`*3\r\n${parts.join("")}`);
  const answered = new Promise((resolve, reject) => redis.on("data", resolve).on("error", reject));
  const answer = await within("Redis's answer", answered).finally(() => redis.destroy());
  // The number of receivers.
  if (!String(answer).startsWith(":")) throw new Error(String(answer));
}

/** Sends a request with JSON in the name of Laravel. */
async function exchange(query, body) {
  const headers = { authorization: "Bearer key", "content-type": "application/json" };
  const method = query.get("method");
  const request = { method, headers, body: method === "GET" ? undefined : body, signal: AbortSignal.timeout(LIMIT) };
  const response = await fetch(`http://127.0.0.1:${query.get("port")}${query.get("path")}`, request);
  return { status: response.status, content: await response.text() };
}

const COMMANDS = {
  start: async (query) => {
    const { port, certificate } = await start(query);
    return { port: Number(port), certificate };
  },
  stop: (query) => stop(query.get("port")),
  end: (query) => end(query.get("port")),
  publish: (query, body) => publish(query.get("port"), query.get("channel"), body),
  exchange,
};

/** Answers a request of a page. */
export async function control(url, request, response) {
  const command = url.pathname.slice("/control/".length);
  const result = await COMMANDS[command](url.searchParams, await text(request));
  response.end(JSON.stringify(result || {}));
}
