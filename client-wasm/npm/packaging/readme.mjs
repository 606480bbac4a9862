// The samples of the README: fenced code whose first lines name a file. They run as apps, with some lines added that end them.

import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { join } from "node:path";
import { promisify } from "node:util";

import { EXPECTED } from "./apps/app.js";

const execute = promisify(execFile);
const here = import.meta.dirname;
const peers = createRequire(join(here, "../../../server-testbed/peers/package.json"));

/** Returns the samples of a document, whose path is relative to the package: the section, the language, the name of the file if the first lines have one, and the code. */
export function samplesOf(path) {
  const found = [];
  for (const section of readFileSync(join(here, "..", path), "utf8").split(/^##+ /m)) {
    for (const [, indent, language, fenced] of section.matchAll(/^( *)```(\w+)\n([^]*?)^\1```$/gm)) {
      const code = fenced.replaceAll(new RegExp(`^${indent}`, "gm"), "");
      const [, file] = /^(?:<.*>\n)?\/\/ (\S+\.\w+)$/m.exec(code.split("\n", 2).join("\n")) || [];
      found.push({ section: section.split("\n", 1)[0], language, file, code });
    }
  }
  return found;
}

/** Returns the samples of the README that name a file. */
export const samples = () => samplesOf("README.md").filter(({ file }) => file);

const sample = (name) => {
  const found = samples().find(({ file }) => file === name);
  if (!found) throw new Error(`the README has no sample ${name}`);
  return found.code;
};

// ---- servers ----

/** Starts a server of Socket.IO with the events of the samples. It accepts a token only if it is "secret", or "old" on a 2.x server. */
async function start(version) {
  const http = createServer();
  const io = peers(`socket.io-${version}`)(http);
  const tokenOf = ({ handshake }) => (version === 2 ? handshake.query : handshake.auth).token;
  const greet = (client) => {
    client.on("hello", (name, answer) => answer(`hello ${name}`));
    client.on("token", (answer) => answer(tokenOf(client)));
    client.on("drop", () => client.conn.close());
  };
  for (const name of ["/", "/chat"]) {
    io.of(name)
      .use((client, next) => next(/^(secret|old|undefined)$/.test(tokenOf(client)) ? undefined : new Error("wrong token")))
      .on("connection", greet);
  }
  await new Promise((done) => http.listen(0, "127.0.0.1", done));
  return { url: `http://127.0.0.1:${http.address().port}`, stop: () => http.close().closeAllConnections() };
}

// ---- samples that run ----

/** Runs a sample with lines behind it that end it, and compares the last line that it writes. */
const runs =
  (name, expected, end, { version = 4, before = "" } = {}) =>
  async (folder) => {
    const server = await start(version);
    try {
      const file = join(folder, name.replace(/\.\w+$/, ".mjs"));
      const code = sample(name).replaceAll("https://example.com", name === "failover.js" ? UNREACHABLE : server.url).replaceAll("https://example.org", server.url);
      writeFileSync(file, `${before}\n${code}\n${end}\n`);
      const { stdout } = await execute(process.execPath, [file], { timeout: 60_000 });
      const last = stdout.trim().split("\n").pop();
      return last === expected ? EXPECTED : stdout;
    } finally {
      server.stop();
    }
  };

const UNREACHABLE = "http://127.0.0.1:1";

const TELL_TOKEN = 'socket.emit("token", (token) => { console.log(token); socket.close(); })';

const FAKE = `
import { io } from "tidewire";
const socket = io("http://fake", { transports: [FakeServer], reconnectionDelay: 1 });
await new Promise((done) => socket.once("connect", done));
socket.on("news", (text) => console.log(text));
FakeServer.current.emit("news", "flash");
const answer = socket.emitWithAck("hello", "ann");
const [{ id, args }] = FakeServer.current.received;
FakeServer.current.answer(id, args.join());
console.log(await answer);
FakeServer.current.lose();
socket.on("connect", () => { console.log("back again"); socket.close(); });`;

/** A WebSocket of the host, which Node 20 does not have. */
const WITH_WS = `import { createRequire } from "node:module";
globalThis.WebSocket ||= createRequire(${JSON.stringify(join(here, "../package.json"))})("ws");`;

/** The types of socket.io-client, and so ours, do not have the `description` of errors.js. */
const CHECKED = ["start.js", "old.js", "auth.js", "auth-2.js", "typed.ts", "fake-server.js", "host-socket.js", "failover.js"];

export const README_APPS = {
  "README, types": async (folder) => {
    for (const name of CHECKED) writeFileSync(join(folder, `sample-${name}`), sample(name));
    const tsc = join(here, "node_modules/typescript/bin/tsc");
    const options = ["--noEmit", "--strict", "--noImplicitAny", "false", "--allowJs", "--checkJs", "--module", "nodenext", "--target", "es2022"];
    const { stdout } = await execute(process.execPath, [tsc, ...options, ...CHECKED.map((name) => `sample-${name}`)], { cwd: folder }).catch((error) => error);
    return stdout || EXPECTED;
  },
  "README, start.js": runs("start.js", "hello world", 'socket.emit("hello", "again", () => socket.close())'),
  "README, old.js": runs(
    "old.js",
    "back again",
    'socket.once("connect", () => socket.emit("drop")).on("reconnect", () => socket.close())',
    { version: 2 },
  ),
  "README, auth.js": runs("auth.js", "secret", TELL_TOKEN),
  "README, auth-2.js": runs("auth-2.js", "secret", `socket.once("connect", () => socket.emit("drop").once("disconnect", () => ${TELL_TOKEN}))`, {
    version: 2,
  }),
  "README, errors.js": runs("errors.js", "connected", 'socket.on("connect", () => { console.log("connected"); socket.close(); })'),
  "README, failover.js": runs("failover.js", "true", 'socket.on("connect", () => { console.log(socket.io.uri === servers[1]); socket.close(); })'),
  "README, fake-server.js": runs("fake-server.js", "back again", FAKE),
  "README, host-socket.js": runs(
    "host-socket.js",
    "websocket",
    'socket.on("connect", () => { console.log(socket.io.engine.transport.name); socket.close(); })',
    { before: WITH_WS },
  ),
};
