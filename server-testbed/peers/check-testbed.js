// Runs the official clients against the testbed: the contract, then the application (mobile-sdk, Echo, the bridge, shutting down):
//   node check-testbed.js <program>
'use strict';

const assert = require('assert/strict');
const crypto = require('crypto');
const { spawn } = require('child_process');
const { once } = require('events');
const Redis = require('ioredis');
const io2 = require('socket.io-client-2');
const { io: io4 } = require('socket.io-client-4');
const { check, oneLine } = require('./check');
const { withRedis, post } = require('./check/programs');

const APP = 'shop';
const KEY = '0123456789abcdef0123456789abcdef';
// Milliseconds: the limit of a check that hangs.
const TIMEOUT = 60000;

const clients = {
  2: (url, options) => io2(url, { forceNew: true, ...options }),
  4: (url, options) => io4(url, { forceNew: true, ...options }),
};
const transports = { websocket: ['websocket'], polling: ['polling'], upgrade: ['polling', 'websocket'] };

const checks = {
  async 'a message reaches the owner of an id'({ url, connect }) {
    const [ann, bob] = [await connect(), await connect()];
    const [annId, bobId] = [await saved(ann), await saved(bob)];
    const received = next(bob, 'responseMessage');
    ann.emit('requestMessage', signed('sendToOthers', { target: bobId.socketId, userId: bobId.userId }, { text: '你好' }));
    const [message] = await received;
    assert.deepEqual(message.data, { action: 'exchange', payload: { text: '你好' } });
    assert.equal(message.meta.client, annId.socketId);
    assert.equal(message.meta.userId, annId.userId);

    const rest = next(bob, 'responseMessage');
    const { meta } = signed('', { target: bobId.socketId, userId: bobId.userId });
    const answer = await post(`${url}/api/transportMessage`, { ...meta, message: { n: 1 } });
    assert.equal(answer.status, 200);
    assert.equal((await rest)[0].data.payload, '{"n":1}');
  },

  async 'a wrong signature disconnects'({ connect }) {
    const client = await connect();
    const { socketId } = await saved(client);
    const [refused, reason] = [next(client, 'responseMessage'), next(client, 'disconnect')];
    const message = signed('requestId', {});
    message.meta.sign = 'wrong';
    client.emit('requestMessage', message);
    assert.equal((await refused)[0].data.payload, `Illegal signature, disconnected client ${socketId}`);
    assert.equal((await reason)[0], 'io server disconnect');
  },

  async 'a PHP program publishes to Echo subscribers and to all'({ connect, redis }) {
    const [subscriber, excluded] = [await connect(), await connect()];
    for (const client of [subscriber, excluded]) {
      client.emit('subscribe', { channel: 'orders', auth: {} });
      // The ack of a later event shows that the subscription is complete.
      await new Promise((resolve) => client.emit('echo', resolve));
    }
    const [onChannel, onAll] = [next(subscriber, 'App\\Events\\Shipped'), next(subscriber, 'orders:App\\Events\\Shipped')];
    excluded.on('orders:App\\Events\\Shipped', () => assert.fail('an excluded socket receives nothing'));
    await redis.publish('orders', JSON.stringify({ event: 'App\\Events\\Shipped', data: { id: 7 }, socket: excluded.id }));
    assert.deepEqual(await onChannel, ['orders', { id: 7 }]);
    assert.deepEqual(await onAll, [{ id: 7 }]);
    await new Promise((resolve) => excluded.emit('echo', resolve));
  },

  async 'a refused private channel'({ connect }) {
    const client = await connect();
    const error = next(client, 'subscription_error');
    client.emit('subscribe', { channel: 'private-x', auth: { headers: {} } });
    assert.deepEqual(await error, ['private-x', 0]);
  },
};

async function main(program) {
  let failed = 0;
  await withRedis(async (port) => {
    const server = await start(program, port);
    for (const version of [2, 4]) {
      console.log(`\n# the contract, client ${version}`);
      failed += await check({ port: server.port, version, testbed: true, redis: true });
      for (const [transport, list] of Object.entries(transports)) {
        console.log(`\n# the application, client ${version}, ${transport}`);
        failed += await checkApplication(server, port, version, list);
      }
    }
    failed += await report('shutting down tells clients, which connect again', () => checkShutdown(program, server, port));
  });
  console.log(failed === 0 ? 'every check passed' : `${failed} checks failed`);
  process.exit(failed === 0 ? 0 : 1);
}

async function start(program, redisPort, port = 0) {
  const options = ['--port', port, '--redis', `redis://127.0.0.1:${redisPort}`, '--app', `${APP}=${KEY}`];
  const child = spawn(program, options.map(String), { stdio: ['ignore', 'pipe', 'inherit'] });
  process.on('exit', () => child.kill('SIGKILL'));
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data');
  const [, listening] = /^listening on (\d+)$/m.exec(line);
  return { child, port: Number(listening), url: `http://127.0.0.1:${listening}` };
}

async function checkApplication({ url }, redisPort, version, list) {
  let failed = 0;
  for (const [name, run] of Object.entries(checks)) {
    const open = [];
    const redis = new Redis(redisPort, '127.0.0.1');
    const connect = async () => {
      const client = clients[version](url, { transports: list });
      open.push(client);
      // The identity comes right after CONNECT.
      client.saved = next(client, 'responseMessage');
      await next(client, 'connect');
      return client;
    };
    failed += await report(name, () => run({ url, connect, redis }));
    open.forEach((client) => client.close());
    redis.disconnect();
  }
  return failed;
}

async function checkShutdown(program, server, redisPort) {
  const open = [2, 4].map((version) => clients[version](`${server.url}/lab`, { reconnectionDelay: 10, reconnectionDelayMax: 50 }));
  await Promise.all(open.map((client) => next(client, 'connect')));
  const told = open.map((client) => Promise.all([next(client, 'shutdown'), next(client, 'disconnect')]));
  const ended = once(server.child, 'exit');
  server.child.kill('SIGTERM');
  for (const [, [reason]] of await Promise.all(told)) assert.notEqual(reason, 'io server disconnect');
  assert.deepEqual(await ended, [0, null]);
  const back = open.map((client) => next(client, 'connect'));
  const again = await start(program, redisPort, server.port);
  await Promise.all(back);
  open.forEach((client) => client.close());
  again.child.kill('SIGKILL');
}

async function saved(client) {
  const [message] = await client.saved;
  assert.equal(message.data.action, 'saveId');
  return message.data.payload;
}

function signed(action, meta, payload = {}) {
  const timestamp = Date.now();
  const sign = crypto.createHash('md5').update(APP + KEY + timestamp).digest('hex');
  return { meta: { timestamp, app: APP, sign, ...meta }, data: { action, payload } };
}

// Returns the arguments of the next event.
function next(client, event) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`waited ${TIMEOUT} ms for ${event}`)), TIMEOUT);
    client.once(event, (...args) => {
      clearTimeout(timer);
      resolve(args);
    });
  });
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

const [program] = process.argv.slice(2);
if (!program) {
  console.error('usage: node check-testbed.js <program>');
  process.exit(2);
}
main(program).catch((error) => {
  console.error(error);
  process.exit(1);
});
