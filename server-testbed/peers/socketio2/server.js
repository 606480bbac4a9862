// The peer on socket.io 2.5.1: Socket.IO protocol 4 over Engine.IO 3.
'use strict';

const http = require('http');
// With `OLD`: 2.1.1, which compresses by default.
const socketio = require(process.env.OLD ? 'socket.io-2.1' : 'socket.io-2');
const { settings, listen } = require('../program');
const { serve, greetEarly } = require('../namespaces');

const server = http.createServer();
const io = socketio(server, { ...settings.heartbeat, ...settings.deflate });

// Without `data` on the error: 2.x would send it in place of the message.
serve(io, () => new Error('auth failed'));

io.of('/early').use((socket, next) => {
  greetEarly(socket);
  next();
});

listen(server);
