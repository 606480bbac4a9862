// The servers of the table: how to start each, the routes to it, and the routes and steps that it cannot do, whichever client asks.

import { readFileSync } from "node:fs";
import { join } from "node:path";

import { freePort } from "../../../../server-testbed/peers/free-port.js";
import { PEERS, TESTBED } from "../../packaging/programs.mjs";
import { startFront, startRedis } from "../../packaging/servers.mjs";
import { start } from "./programs.mjs";

/** The ways of a connection: its transports. It ends up on the last one. */
const ROUTES = { polling: ["polling"], websocket: ["websocket"], upgrade: ["polling", "websocket"] };
const WEBTRANSPORT_ROUTES = { webtransport: ["webtransport"], "webtransport-upgrade": ["polling", "webtransport"] };

/** All steps of the conversation after connecting, but that of Echo channels. */
export const STEPS = ["namespace", "events", "acks", "answers", "binary", "kick", "cut"];

const version = (name) => JSON.parse(readFileSync(join(PEERS, "node_modules", name, "package.json"), "utf8")).version;
const node = (script, env) => (more) => start(process.execPath, [join(PEERS, script)], { ...env, ...more });
const python = (environment, script) => (more) => start(join(PEERS, "python", environment, "bin/python"), [join(PEERS, "python", script)], more);
const pinned = (environment, name) => {
  const list = readFileSync(join(PEERS, "python", `requirements-${environment}.txt`), "utf8");
  return new RegExp(`^${name}==(.*)$`, "m").exec(list)[1];
};

/** Starts a program with a Redis of its own. */
const withRedis = (run) => async () => {
  const redis = await startRedis();
  const server = await run({ REDIS_PORT: redis.port });
  return {
    ...server,
    stop() {
      server.stop();
      redis.stop();
    },
  };
};

/** Starts a program with our front for HTTP/3. The server pings often, because a client notices the loss of all packets by a missing ping. */
const withFront = (run) => async () => {
  const sessions = await freePort();
  const server = await run({ WEBTRANSPORT: "yes", SESSION_PORT: sessions, PING_INTERVAL: 500, PING_TIMEOUT: 3000 });
  const front = await startFront(sessions);
  return {
    ...server,
    front,
    stop() {
      server.stop();
      front.stop();
    },
  };
};

export const NO_WEBTRANSPORT = "Node has no WebTransport of its own, and mini-programs have none";
const ECHO_ALONE = "laravel-echo-server has Echo channels alone: no namespace, no ack, no binary event and no disconnection that a client asks for";
const BINARY_OVER_POLLING = "socketioxide sends binary data over polling in the form of Engine.IO 4 to clients of Engine.IO 3";
const WITHOUT_WEBSOCKET = "Flask-SocketIO 4 has no WebSocket without eventlet or gevent";

/**
 * `official` is the major version of socket.io-client that the server is made for, `version` the one that clients set. `lacks` has the reason
 * for a route, a step or both (`polling binary`); each run checks that the official client cannot do it either.
 */
export const SERVERS = {
  "socketio2.1": {
    title: `socket.io ${version("socket.io-2.1")}`,
    official: 2,
    start: node("socketio2/server.js", { OLD: "yes" }),
  },
  socketio2: { title: `socket.io ${version("socket.io-2")}`, official: 2, start: node("socketio2/server.js") },
  socketio3: { title: `socket.io ${version("socket.io-3")}`, official: 4, start: node("socketio4/server.js", { OLD: "yes" }) },
  socketio4: { title: `socket.io ${version("socket.io-4")}`, official: 4, start: node("socketio4/server.js") },
  "socketio4-webtransport": {
    title: `socket.io ${version("socket.io-4")} over WebTransport`,
    official: 4,
    needsWebTransport: true,
    start: withFront(node("socketio4/server.js")),
  },
  "socketio4-allow": {
    title: `socket.io ${version("socket.io-4")} with \`allowEIO3\``,
    official: 4,
    start: node("socketio4/server.js", { ALLOW_EIO3: "yes" }),
  },
  "socketio4-eio3": {
    title: `the same, \`engineVersion: "eio3"\` in the client`,
    official: 2,
    version: "eio3",
    start: node("socketio4/server.js", { ALLOW_EIO3: "yes" }),
  },
  egg2: { title: `egg ${version("egg")}, egg-socket.io ${version("egg-socket.io")}`, official: 2, start: node("egg/server.js") },
  egg3: {
    title: `egg ${version("egg-3")}, egg-socket.io ${version("egg-socket.io")}`,
    official: 2,
    start: node("egg/server.js", { EGG: "3" }),
  },
  laravel: {
    title: `laravel-echo-server ${version("laravel-echo-server")}`,
    official: 2,
    start: withRedis(node("laravel/server.js")),
    adds: ["channel"],
    lacks: { namespace: ECHO_ALONE, events: ECHO_ALONE, acks: ECHO_ALONE, answers: ECHO_ALONE, binary: ECHO_ALONE, kick: ECHO_ALONE },
  },
  testbed: { title: "socketioxide (the testbed)", official: 4, start: () => start(TESTBED, ["--port", "0"]) },
  "testbed-eio3": {
    title: `the same, \`engineVersion: "eio3"\` in the client`,
    official: 2,
    version: "eio3",
    start: () => start(TESTBED, ["--port", "0"]),
    lacks: { "polling answers": BINARY_OVER_POLLING, "polling binary": BINARY_OVER_POLLING },
  },
  python4: { title: `python-socketio ${pinned(4, "python-socketio")}`, official: 2, start: python("env-4", "server.py") },
  python5: { title: `python-socketio ${pinned(5, "python-socketio")}`, official: 4, start: python("env-5", "server.py") },
  flask4: {
    title: `Flask-SocketIO ${pinned(4, "Flask-SocketIO")}`,
    official: 2,
    start: python("env-4", "flask_server.py"),
    lacks: { websocket: WITHOUT_WEBSOCKET, upgrade: WITHOUT_WEBSOCKET },
  },
  flask5: { title: `Flask-SocketIO ${pinned(5, "Flask-SocketIO")}`, official: 4, start: python("env-5", "flask_server.py") },
};

/** Returns the routes to a server, by their names. */
export const routesOf = ({ needsWebTransport }) => (needsWebTransport ? WEBTRANSPORT_ROUTES : ROUTES);

/** Returns the steps that a server can do over a route; nothing if it lacks the route. */
export function stepsOf({ adds = [], lacks = {} }, route) {
  if (lacks[route]) return undefined;
  return [...adds, ...STEPS].filter((step) => !lacks[step] && !lacks[`${route} ${step}`]);
}
