// The bridge of PHP programs: what they publish in Redis goes to the clients of socket.io 2.5.1.
'use strict';

const http = require('http');
const Redis = require('ioredis');
const socketio = require('socket.io-2');
const { settings, listen } = require('../program');

const server = http.createServer();
const io = socketio(server, settings.heartbeat);

async function main() {
  if (!settings.redis) throw new Error('the bridge needs Redis: set REDIS_PORT');
  const redis = new Redis(settings.redis);
  redis.on('pmessage', (pattern, channel, text) => forward(channel, text));
  await redis.psubscribe('*');
  listen(server);
}

// Laravel publishes JSON with the event, its data, and the id of the socket that the event skips, if any.
function forward(channel, text) {
  const { event, data, socket } = JSON.parse(text);
  const sender = io.sockets.connected[socket];
  const receivers = sender ? sender.broadcast : io;
  receivers.emit(`${channel}:${event}`, data);
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
