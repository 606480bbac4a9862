// The peer on socket.io 4.8.4 with default settings: Socket.IO protocol 5 over Engine.IO 4 only.
'use strict';

const http = require('http');
const { Server } = require('socket.io-4');
const { settings, listen } = require('../program');
const { serve, greetEarly } = require('../namespaces');

const server = http.createServer();
const io = new Server(server, { ...settings.heartbeat, ...settings.recovery, ...settings.deflate });

serve(io, () => Object.assign(new Error('auth failed'), { data: { code: 401 } }));

// Not from a middleware: 4.x sends nothing before CONNECT.
io.of('/early').on('connection', greetEarly);

// An official client closes the connection on more than ten attachments.
io.of('/lab').on('connection', (socket) => {
  socket.on('attach', (count) => socket.emit('attached', ...Array.from({ length: count }, () => Buffer.of(7))));
});

listen(server);
