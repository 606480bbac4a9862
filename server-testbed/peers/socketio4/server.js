// The peer on socket.io 4.8.4 with default settings: Socket.IO protocol 5 over Engine.IO 4 only. With `REDIS_PORT` it is one of several
// nodes, by the adapter for Redis streams; with `ALLOW_EIO3` it serves clients of 2.x, too; with `OLD` it runs socket.io 3.1.2.
'use strict';

const http = require('http');
const Redis = require('ioredis');
const { createAdapter } = require('@socket.io/redis-streams-adapter');
const { Server } = require(process.env.OLD ? 'socket.io-3' : 'socket.io-4');
const { settings, listen } = require('../program');
const { acceptSessions } = require('../webtransport');
const { serve, greetEarly } = require('../namespaces');

const server = http.createServer();
const io = new Server(server, {
  ...settings.heartbeat,
  ...settings.recovery,
  ...settings.deflate,
  ...settings.versions,
  ...settings.webtransport,
  ...adapter(),
});

serve(io, () => Object.assign(new Error('auth failed'), { data: { code: 401 } }));

// Not from a middleware: 4.x sends nothing before CONNECT.
io.of('/early').on('connection', greetEarly);

// An official client closes the connection on more than ten attachments.
io.of('/lab').on('connection', (socket) => {
  socket.on('attach', (count) => socket.emit('attached', ...Array.from({ length: count }, () => Buffer.of(7))));
});

if (settings.webtransport.transports) acceptSessions(io.engine);

listen(server);

function adapter() {
  if (!settings.redis) return {};
  const redis = new Redis(settings.redis);
  // It connects again by itself.
  redis.on('error', (error) => console.error(error.message));
  return { adapter: createAdapter(redis) };
}
