// The guides in docs/guides: their JavaScript runs, with the servers that it is for, and behind a real nginx. The tests of the crate compare
// their Rust code with the examples that it quotes.

import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { MiniHost } from "../test/mini/host/host.mjs";
import { openPage } from "../test/mini/host/pages.mjs";
import { createProject } from "../test/mini/project.mjs";
import { EXPECTED } from "./apps/app.js";
import { eventually } from "./limit.mjs";
import { samplesOf } from "./readme.mjs";
import { freePort } from "../../../server-testbed/peers/free-port.js";
import { startRedis, startServer } from "./servers.mjs";

const execute = promisify(execFile);
const peers = createRequire(join(import.meta.dirname, "../../../server-testbed/peers/package.json"));

const sample = (guide, name) => {
  const found = samplesOf(`../../docs/guides/${guide}`).find(({ file, code }) => file === name || code.startsWith(`# ${name}\n`));
  if (!found) throw new Error(`${guide} has no sample ${name}`);
  return found.code;
};

/** Runs a program in the folder of an app. Resolves with the lines that it has written. */
async function linesOf(folder, code) {
  const file = join(folder, `guide-${Math.random()}.mjs`);
  writeFileSync(file, code);
  const { stdout } = await execute(process.execPath, [file], { cwd: folder, timeout: 60_000 });
  return stdout.trim().split("\n");
}

/** Runs `use` with the URL of a server. */
const withServer = async (name, use) => {
  const server = await startServer(name);
  try {
    return await use(`http://127.0.0.1:${server.port}`);
  } finally {
    server.stop();
  }
};

// ---- from socket.io-client ----

const drop = `setTimeout(() => socket.io.engine.close(), 0);`;

async function fromSocketIoClient(folder) {
  const code = sample("from-socket-io-client.md", "chat.js");
  const original = code.replace('"tidewire"', JSON.stringify(createRequire(import.meta.url).resolve("../node_modules/socket.io-client")));
  const at = (url) => (text) => text.replace("https://example.com", url);
  await withServer("socketio4", async (url) => {
    const both = await Promise.all([code, original].map(at(url)).map((text) => linesOf(folder, text)));
    assert.deepEqual(both, Array(2).fill(["ann: tea is ready"]));
  });
  for (const name of ["socketio2", "egg"]) {
    await withServer(name, async (url) => assert.deepEqual(await linesOf(folder, at(url)(code)), ["ann: tea is ready"]));
  }
  await withServer("socketio2", async (url) => {
    const old = at(url)(sample("from-socket-io-client.md", "old.js"));
    const [line] = await linesOf(folder, `${old}\nsocket.once("connect", () => { ${drop} });`);
    assert.equal(line, "back after 1");
  });
  return EXPECTED;
}

// ---- from weapp.socket.io ----

async function fromWeapp(folder) {
  const source = join(folder, "source");
  mkdirSync(join(source, "pages/index"), { recursive: true });
  for (const version of [2, 4]) {
    const http = createServer();
    const io = peers(`socket.io-${version}`)(http);
    io.on("connection", (client) => client.on("news", ({ title }) => client.emit("news", title)));
    await new Promise((resolve) => http.listen(0, "127.0.0.1", resolve));
    const code = sample("from-weapp-socket-io.md", "pages/index/index.js");
    writeFileSync(join(source, "pages/index/index.js"), code.replace("wss://example.com", `ws://127.0.0.1:${http.address().port}`));
    const project = await createProject(source);
    const host = new MiniHost("wechat-ios", project.root);
    try {
      const page = openPage(host, "pages/index/index");
      for (let turn = 0; !page.data.news.length; turn++) {
        assert.ok(turn < 500, "no news");
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      assert.deepEqual(page.data.news, ["this is a news"]);
      page.close();
      assert.deepEqual([host.refusals, host.console], [[], ["io client disconnect"]]);
    } finally {
      host.stop();
      project.remove();
      io.close();
    }
  }
  return EXPECTED;
}

// ---- with egg-socket.io ----

const withEgg = (name) => (folder) =>
  withServer(name, async (url) => {
    const code = sample("egg-socket-io.md", "peers.js").replace("https://example.com", url);
    // The second client comes when the first is there, talks and leaves.
    const second = `
await new Promise((resolve) => socket.once("connect", resolve));
const two = new Peers(io("${url}/ptop", { forceNew: true, query: { room: "demo", userId: "bob" } }));
two.on("message", (_, { sender }) => two.send(sender, { msg: "hi" }));
peers.on("message", () => two.socket.disconnect());
peers.on("leave", () => socket.disconnect());`;
    const lines = await linesOf(folder, code + second);
    const id = lines[2]?.slice("left: ".length);
    assert.deepEqual(lines, ["here: 1", `${id} says hi`, `left: ${id}`]);
    const gone = code.replace('"demo"', '"gone"');
    if (name !== "egg") assert.deepEqual(await linesOf(folder, gone), ["denied: deleted, room has been deleted."]);
    return EXPECTED;
  });

// ---- with Laravel ----

/** Runs `use` with the URL of laravel-echo-server, which has a Redis of its own. */
async function withLaravel(use) {
  const redis = await startRedis();
  let server;
  try {
    server = await startServer("laravel", { REDIS_PORT: redis.port });
    await use(`http://127.0.0.1:${server.port}`);
  } finally {
    if (server) server.stop();
    redis.stop();
  }
}

/** Laravel's side, as code of the program: a broadcast on a channel, when it has so many subscriptions. */
const laravel = (url) => `
import { eventually } from ${JSON.stringify(new URL("limit.mjs", import.meta.url))};
const ask = (path, options) =>
  fetch("${url}/apps/app/" + path, { headers: { Authorization: "Bearer key" }, ...options }).then((response) => response.json());
const broadcast = async (channel, count, name, data) => {
  const isFull = async () => (await ask("channels/" + channel)).subscription_count === count;
  await eventually(count + " subscriptions of " + channel, isFull, 15_000);
  await ask("events", { method: "POST", body: JSON.stringify({ channel, name, data }) });
};
await broadcast("orders", 1, "App\\\\Events\\\\OrderShipped", { id: 1 });`;

/** Resolves when the server knows that all clients have left a channel. */
async function isEmpty(url, channel) {
  const options = { headers: { Authorization: "Bearer key" } };
  const count = () => fetch(`${url}/apps/app/channels/${channel}`, options).then((response) => response.json());
  await eventually(`the end of the subscriptions of ${channel}`, async () => !(await count()).subscription_count);
}

const second = `
const other = new Echo(io(socket.io.uri, { forceNew: true }), { bearerToken: "user-8" });
const refused = new Promise((resolve) => echo.private("forbidden").error(resolve));
const typed = new Promise((resolve) => echo.join("room.1").listenForWhisper("typing", resolve));
const shipped = new Promise((resolve) => echo.channel("orders").listen("OrderShipped", resolve));
echo.join("room.1").joining(() => other.join("room.1").whisper("typing", { name: "user 8" }));
await new Promise((resolve) => (echo.join("room.1").members.length ? resolve() : echo.join("room.1").here(resolve)));
other.join("room.1");`;

async function withLaravelEcho(folder) {
  await withLaravel(async (url) => {
    const code = sample("laravel.md", "channels.js").replace("https://example.com", url);
    const end = "await Promise.all([refused, typed, shipped]);\nfor (const one of [socket, other.socket]) one.disconnect();";
    const token = 'const fetchToken = async () => "user-7";';
    const lines = await linesOf(folder, `${token}\n${code}\n${second}\n${laravel(url)}\n${end}`);
    assert.deepEqual(lines.sort(), ["here: user 7", "joins: user 8", "refused: 403", "shipped: 1", "types: user 8"]);
    for (const [name, path] of [["laravel-echo", "echo.common.js"], ["laravel-echo-2", "echo.js"]]) {
      const file = join(import.meta.dirname, "../../../server-testbed/peers/node_modules", name, "dist", path);
      const original = sample("laravel.md", "laravel-echo.js").replace("https://example.com", url).replace('"laravel-echo"', JSON.stringify(file));
      // The default export of its CommonJS file is a property.
      const echo = name === "laravel-echo" ? original.replace("import Echo from", "import { default as module } from").replace("new Echo", "new module.default") : original;
      const heard = 'const heard = new Promise((resolve) => echo.channel("orders").listen("OrderShipped", resolve));';
      await isEmpty(url, "orders");
      assert.deepEqual(await linesOf(folder, `${echo}\n${heard}\n${laravel(url)}\nawait heard;\necho.disconnect();`), ["shipped: 1"]);
    }
  });
  return EXPECTED;
}

// ---- behind nginx ----

/** The file that the guide quotes; the tests of the crate compare it. */
const SITE = readFileSync(join(import.meta.dirname, "../../../server-testbed/cluster/nginx/ip-hash.conf"), "utf8");

/** Starts nginx with the site of the guide, in a folder of its own. */
async function startNginx(nodes, change = (text) => text) {
  const folder = mkdtempSync(join(tmpdir(), "tidewire-nginx-"));
  const port = await freePort();
  const site = nodes
    .reduce((text, node, at) => text.replace(`127.0.0.1:300${at + 1}`, `127.0.0.1:${node}`), change(SITE))
    .replace("listen 8080", `listen 127.0.0.1:${port}`);
  const paths = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map((name) => `${name}_temp_path ${folder}/${name};`).join(" ");
  const main = `daemon off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log; events {}`;
  writeFileSync(join(folder, "nginx.conf"), `${main}\nhttp { access_log off; ${paths}\n${site}\n}\n`);
  const child = spawn("nginx", ["-p", folder, "-c", join(folder, "nginx.conf"), "-e", join(folder, "error.log")], { stdio: "inherit" });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = `http://127.0.0.1:${port}`;
  const isUp = () => fetch(url).then(Boolean, () => false);
  await Promise.race([eventually("nginx", isUp), ended.then((code) => Promise.reject(new Error(`nginx exited with ${code}`)))]);
  const stop = async () => {
    child.kill();
    await ended;
    rmSync(folder, { recursive: true });
  };
  return { url, stop };
}

/** Runs `use` with the URL of nginx in front of the three nodes of the site. */
async function behindNginx(names, change, use) {
  const servers = await Promise.all(names.map(startServer));
  const nginx = await startNginx(
    servers.map(({ port }) => port),
    change,
  );
  try {
    await use(nginx.url);
  } finally {
    await nginx.stop();
    for (const server of servers) server.stop();
  }
}

const END = `
const both = ["connect", "upgrade"].map((event) => new Promise((resolve) => (event === "connect" ? socket : socket.io.engine).once(event, resolve)));
Promise.all(both).then(() => socket.disconnect());`;

async function nginx(folder) {
  const code = sample("in-a-cluster.md", "client.js") + END;
  for (const name of ["socketio4", "socketio2", "egg"]) {
    await behindNginx([name, name, name], undefined, async (url) => {
      const here = code.replace("https://example.com", url);
      assert.deepEqual((await linesOf(folder, here)).sort(), ["connected", "upgraded to websocket"]);
      for (const transport of ["websocket", "polling"]) {
        const ask = `import { io } from "tidewire";
const socket = io("${url}/lab", { transports: ["${transport}"] });
for (const n of [1, 2, 3]) console.log(await socket.emitWithAck("echo", n));
socket.disconnect();`;
        assert.deepEqual(await linesOf(folder, ask), ["1", "2", "3"]);
      }
    });
  }
  // The table: without the headers a WebSocket cannot open; without sticky sessions polling fails.
  const failing = (url, transport) => `import { io } from "tidewire";
const socket = io("${url}/lab", { transports: ["${transport}"], reconnection: false });
socket.on("connect_error", ({ message }) => console.log(message)).on("disconnect", (reason) => console.log(reason));`;
  const names = ["socketio4", "socketio4", "socketio4"];
  const withoutUpgrade = (text) => text.replace(/.*(Upgrade|Connection) \$.*\n/g, "");
  await behindNginx(names, withoutUpgrade, async (url) => {
    assert.deepEqual(await linesOf(folder, failing(url, "websocket")), ["websocket error"]);
  });
  const roundRobin = (text) => text.replace(/.*ip_hash;.*\n/, "");
  await behindNginx(names, roundRobin, async (url) => {
    assert.match((await linesOf(folder, failing(url, "polling")))[0], /xhr po(ll|st) error|transport error/);
  });
  return EXPECTED;
}

export const GUIDES = {
  "guides, from-socket-io-client.md": fromSocketIoClient,
  "guides, from-weapp-socket-io.md": fromWeapp,
  "guides, egg-socket-io.md with egg": withEgg("egg"),
  "guides, egg-socket-io.md with socket.io 2": withEgg("socketio2"),
  "guides, laravel.md": withLaravelEcho,
  "guides, in-a-cluster.md": nginx,
};
