// The official client, measured as the Rust clients are: does one measurement and prints a sample.
// Run in the directory where it is installed: node client.js <measurement> <port> <count> <size> <at once> <patience, ms> [deflate]
'use strict';

const assert = require('node:assert');
const { createRequire } = require('node:module');
const { performance } = require('node:perf_hooks');

const { io } = createRequire(`${process.cwd()}/`)('socket.io-client-4');

const TEXT = 'abcdefghijklmnopqrstuvwxyz012345';
const WORDS = (
  'a about after again all and answer as at away back be because before but by can change come day different do each even every ' +
  'find first for from game give have house if in is it just know line long message more name need never of on one other player ' +
  'question room say side the there time to user what when word you'
).split(' ');
const [measurement, port] = process.argv.slice(2);
const [count, size, atOnce, patience] = process.argv.slice(4, 8).map(Number);
const deflate = process.argv[8] === 'deflate';

function connect() {
  // The client always offers compression. Without the query, the server does not compress.
  const query = deflate ? { deflate: 1 } : {};
  const socket = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], forceNew: true, query });
  return new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(socket));
    socket.once('connect_error', reject);
  });
}

class Watch {
  #cpu = process.resourceUsage();
  #wall = performance.now();

  stop() {
    const wall = performance.now() - this.#wall;
    const cpu = process.resourceUsage();
    const cpu_us = cpu.userCPUTime + cpu.systemCPUTime - this.#cpu.userCPUTime - this.#cpu.systemCPUTime;
    return { count, cpu_us, wall_us: wall * 1000 };
  }
}

const measurements = {
  receive: receiveTicks,
  'receive-large': receiveTicks,

  'receive-words': () => {
    const texts = textsOfWords(size);
    return receive('flood-words', 'tick', (seen, number, text) => number === seen && text === texts[seen % texts.length]);
  },

  'receive-binary': () =>
    receive('flood-blobs', 'blob', (seen, blob) => blob.length === size && blob.readBigUInt64LE() === BigInt(seen)),

  send: () => send(`42["sent","${TEXT}"]`.length, 'sent', [TEXT]),

  'send-words': () => send('42["sent",""]'.length + size, 'sent', textsOfWords(size)),

  'send-binary': () => send(size, 'blob', [Buffer.alloc(size, '.')]),

  async acks() {
    const socket = await connect();
    assert.strictEqual(await socket.emitWithAck('echo', count), count, 'an answer');
    const spans = new Float64Array(count);
    const watch = new Watch();
    for (let number = 0; number < count; number += 1) {
      const start = performance.now();
      const answer = await socket.emitWithAck('echo', number);
      spans[number] = (performance.now() - start) * 1000;
      assert.strictEqual(answer, number, 'an answer');
    }
    const sample = watch.stop();
    spans.sort();
    const quantile = (share) => spans[Math.max(Math.ceil(count * share), 1) - 1];
    return { ...sample, p50_us: quantile(0.5), p99_us: quantile(0.99) };
  },

  connect: () => connectAll(1),
  'connect-at-once': () => connectAll(atOnce),

  async idle() {
    const first = await connect();
    globalThis.gc();
    const before = process.memoryUsage().rss;
    const held = [];
    const watch = new Watch();
    const [words] = textsOfWords(4096);
    while (held.length < count) {
      const socket = await connect();
      if (deflate) assert.strictEqual(await socket.emitWithAck('echo', words), words, 'an answer');
      held.push(socket);
    }
    const sample = watch.stop();
    await checkJoined(first);
    globalThis.gc();
    return { ...sample, resident_bytes: Math.max(process.memoryUsage().rss - before, 0) };
  },
};

function receiveTicks() {
  const wanted = TEXT.repeat(size / TEXT.length);
  return receive('flood', 'tick', (seen, number, text) => number === seen && text === wanted);
}

async function receive(flood, event, isNext) {
  const socket = await connect();
  let seen = 0;
  socket.on(event, (...args) => {
    if (isNext(seen, ...args)) seen += 1;
  });
  const flooded = new Promise((resolve) => socket.once('flooded', resolve));
  const watch = new Watch();
  socket.emit(flood, count, size);
  await flooded;
  const sample = watch.stop();
  assert.strictEqual(seen, count, 'events');
  return sample;
}

async function send(bytesEach, event, values) {
  const socket = await connect();
  const watch = new Watch();
  for (let number = 0; number < count; number += 1) {
    socket.emit(event, values[number % values.length]);
  }
  const [events, bytes] = await socket.emitWithAck('count');
  const sample = watch.stop();
  assert.strictEqual(events, count, 'sent events');
  assert.strictEqual(bytes, count * bytesEach, 'bytes');
  return sample;
}

// As `texts_of_words` in src/server/payload.rs.
function textsOfWords(size) {
  return Array.from({ length: 32 }, (_, number) => {
    let text = '';
    for (let random = number; text.length < size; ) {
      random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
      text += `${WORDS[random >>> 26]} `;
    }
    return text.slice(0, size);
  });
}

async function connectAll(lanes) {
  const first = await connect();
  let waiting = count;
  const lane = async () => {
    while (waiting > 0) {
      waiting -= 1;
      await connect();
    }
  };
  const watch = new Watch();
  await Promise.all(Array.from({ length: lanes }, lane));
  const sample = watch.stop();
  await checkJoined(first);
  return sample;
}

async function checkJoined(socket) {
  const [, , joined] = await socket.emitWithAck('count');
  assert.strictEqual(joined, count + 1, 'connections');
}

setTimeout(() => {
  console.error('not done in time: events were lost');
  process.exit(1);
}, patience).unref();

measurements[measurement]().then(
  (sample) => {
    console.log(JSON.stringify(sample));
    process.exit(0);
  },
  (error) => {
    console.error(error);
    process.exit(1);
  },
);
