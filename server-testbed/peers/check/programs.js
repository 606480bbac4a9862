// Programs that the checks start and stop, and requests to them.
'use strict';

const fs = require('fs');
const net = require('net');
const os = require('os');
const path = require('path');
const { spawn, spawnSync } = require('child_process');
const { once } = require('events');

const { freePort } = require('../free-port');

// Milliseconds.
const START_TIMEOUT = 60000;
const STOP_TIMEOUT = 60000;

const children = new Set();
process.on('exit', () => children.forEach((child) => child.kill('SIGKILL')));

async function stop(child) {
  child.kill('SIGTERM');
  await until(() => child.exitCode !== null || child.signalCode !== null, STOP_TIMEOUT, 'the process to end');
  children.delete(child);
}

// Runs `use` with the port of a Redis of its own that stores nothing on disk.
async function withRedis(use) {
  if (spawnSync('redis-server', ['--version']).error) {
    console.log('\nskip: redis-server is not installed');
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

async function post(url, body) {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, body: await response.json() };
}

module.exports = { children, post, stop, until, withRedis, START_TIMEOUT };
