// The peer on socket.io 4.8.4 as it comes: Socket.IO protocol 5 over Engine.IO 4, no older clients.
'use strict';

const http = require('http');
const { Server } = require('socket.io-4');
const { settings, listen } = require('../program');
const { serve, greetEarly } = require('../namespaces');

const server = http.createServer();
const io = new Server(server, { ...settings.heartbeat, ...settings.recovery });

serve(io, () => Object.assign(new Error('auth failed'), { data: { code: 401 } }));

// Not from the middleware: 4.x can send nothing before CONNECT.
io.of('/early').on('connection', greetEarly);

// Of more than ten an official client makes an end of the connection.
io.of('/lab').on('connection', (socket) => {
  socket.on('attach', (count) => socket.emit('attached', ...Array.from({ length: count }, () => Buffer.of(7))));
});

listen(server);
