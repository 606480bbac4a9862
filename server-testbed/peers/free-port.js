// Free ports for programs that listen later, or again after a restart. Systems give connections ports from 32,768 on, also while a
// server restarts; these are below. The tests in Rust have the same rule in `server-testbed/src/ports.rs`.
'use strict';

const { once } = require('events');
const net = require('net');

const FIRST = 20_000;
const COUNT = 12_000;

// Other programs begin elsewhere.
let next = Math.floor(Math.random() * COUNT);

/** Returns a port of 127.0.0.1 on which nothing listens. No call in this process returns it again. */
async function freePort() {
  for (let tried = 0; tried < COUNT; tried++) {
    const port = FIRST + (next++ % COUNT);
    if (await isFree(port)) return port;
  }
  throw new Error(`no port from ${FIRST} to ${FIRST + COUNT - 1} is free`);
}

async function isFree(port) {
  const server = net.createServer();
  try {
    await once(server.listen(port, '127.0.0.1'), 'listening');
  } catch {
    return false;
  }
  await once(server.close(), 'close');
  return true;
}

module.exports = { freePort };
