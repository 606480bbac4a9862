// Starts every peer on a free port, checks it and stops it; egg without Redis, and with Redis if it is installed.
'use strict';

const assert = require('assert/strict');
const fs = require('fs');
const http = require('http');
const net = require('net');
const os = require('os');
const path = require('path');
const { spawn, spawnSync } = require('child_process');
const { once } = require('events');
const { check, oneLine } = require('./check');

// Milliseconds.
const START_TIMEOUT = 20000;
const STOP_TIMEOUT = 1000;
// Not the defaults, to check that the peer reads the variables.
const HEARTBEAT = { PING_INTERVAL: '7000', PING_TIMEOUT: '9000' };

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

async function main() {
  let failed = 0;
  failed += await checkPeer('socketio2', 2);
  failed += await checkPeer('socketio4', 4);
  failed += await checkPeer('egg', 2, { redis: false });
  failed += await withRedis((port) => checkPeer('egg', 2, { REDIS_PORT: String(port) }));
  console.log(failed === 0 ? 'every check passed' : `${failed} checks failed`);
  process.exit(failed === 0 ? 0 : 1);
}

async function checkPeer(name, version, { redis = true, ...variables } = {}) {
  console.log(`\n# ${name}, client ${version}${redis ? '' : ', without Redis'}`);
  const peer = await start(name, { ...HEARTBEAT, ...variables });
  let failed = await check({ port: peer.port, version, testbed: false, redis });
  failed += await report('the heartbeat is that of the environment', () => checkHeartbeat(peer.port, version));
  failed += await report('one line on standard output', async () => assert.equal(peer.output(), `listening on ${peer.port}\n`));
  failed += await report('ends at SIGTERM', () => stop(peer.child));
  return failed;
}

async function report(name, run) {
  try {
    await run();
    console.log(`ok   ${name}`);
    return 0;
  } catch (error) {
    console.log(`FAIL ${name}: ${oneLine(error.message)}`);
    return 1;
  }
}

// Removes PORT and REDIS_PORT from the environment, because a peer reads them.
async function start(name, variables) {
  const { PORT, REDIS_PORT, ...environment } = process.env;
  const child = spawn(process.execPath, [path.join(__dirname, name, 'server.js')], {
    env: { ...environment, ...variables },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.add(child);
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => { text += chunk; });
  await until(() => text.includes('\n') || child.exitCode !== null, START_TIMEOUT, `${name} to start`);
  const port = Number(/^listening on (\d+)$/m.exec(text)?.[1]);
  if (!port) throw new Error(`${name} printed ${JSON.stringify(text)} instead of \`listening on <port>\``);
  return { child, port, output: () => text };
}

async function stop(child) {
  child.kill('SIGTERM');
  await until(() => child.exitCode !== null || child.signalCode !== null, STOP_TIMEOUT, 'the process to end');
  children.delete(child);
}

async function checkHeartbeat(port, version) {
  const body = await get(`http://127.0.0.1:${port}/socket.io/?EIO=${version === 2 ? 3 : 4}&transport=polling`);
  const [handshake] = /\{.*?\}/.exec(body);
  const { pingInterval, pingTimeout } = JSON.parse(handshake);
  assert.deepEqual([pingInterval, pingTimeout], Object.values(HEARTBEAT).map(Number));
}

async function get(url) {
  const [response] = await once(http.get(url, { agent: false }), 'response');
  let body = '';
  for await (const chunk of response.setEncoding('utf8')) body += chunk;
  return body;
}

// Runs `use` with the port of a Redis of its own that stores nothing on disk.
async function withRedis(use) {
  if (spawnSync('redis-server', ['--version']).error) {
    console.log('\nskip egg with Redis: redis-server is not installed');
    return 0;
  }
  const port = await freePort();
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'tidewire-redis-'));
  const options = { port, bind: '127.0.0.1', save: '', appendonly: 'no', dir: directory };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = spawn('redis-server', args, { stdio: 'ignore' });
  children.add(child);
  try {
    await until(() => accepts(port), START_TIMEOUT, 'Redis to start');
    return await use(port);
  } finally {
    await stop(child);
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = net.connect(port, '127.0.0.1');
    const finish = (accepted) => {
      socket.destroy();
      resolve(accepted);
    };
    socket.on('connect', () => finish(true)).on('error', () => finish(false));
  });
}

async function until(condition, timeout, description) {
  const end = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > end) throw new Error(`waited ${timeout} ms for ${description}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

main();
