// Starts every peer on a free port, checks it and stops it; egg without Redis, and with Redis if it is installed.
'use strict';

const assert = require('assert/strict');
const http = require('http');
const path = require('path');
const { spawn } = require('child_process');
const { once } = require('events');
const { check, oneLine } = require('./check');
const { children, stop, until, withRedis, START_TIMEOUT } = require('./check/programs');

// Not the defaults, to check that the peer reads the variables.
const HEARTBEAT = { PING_INTERVAL: '7000', PING_TIMEOUT: '9000' };

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

main();
