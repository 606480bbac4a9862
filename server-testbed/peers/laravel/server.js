// The peer on laravel-echo-server 1.6.3 (socket.io 2.5.1), with a stub of the Laravel application that it asks.
'use strict';

const { once } = require('events');
const { HOST, settings, ready } = require('../program');
const { auth } = require('./auth');

// laravel-echo-server reads the port from the last two to five digits of a text, and listens on a free one for `00`.
const FREE = '00';

// Its handlers of presence reject if a client is gone meanwhile. Node 14 and older, which it was made for, only warn about that.
process.on('unhandledRejection', () => {});

async function main() {
  if (!settings.redis) throw new Error('laravel-echo-server needs Redis: set REDIS_PORT');
  const laravel = auth().listen(0, HOST);
  await once(laravel, 'listening');
  const echo = await silently(() =>
    require('laravel-echo-server').run({
      authHost: `http://${HOST}:${laravel.address().port}`,
      authEndpoint: '/broadcasting/auth',
      clients: [{ appId: 'app', key: 'key' }],
      databaseConfig: { redis: settings.redis },
      host: HOST,
      port: settings.port || FREE,
      socketio: settings.heartbeat,
    }),
  );
  const server = echo.server.io.httpServer;
  if (!server.listening) await once(server, 'listening');
  ready(server);
}

// It prints a banner to the standard output, where a peer prints its port only.
async function silently(run) {
  const { log } = console;
  console.log = () => {};
  try {
    return await run();
  } finally {
    console.log = log;
  }
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
