// The peer on socket.io 4.8.4 as it comes: Socket.IO protocol 5 over Engine.IO 4, no older clients.
'use strict';

const http = require('http');
const { Server } = require('socket.io-4');
const { settings, listen } = require('../program');
const { serve, greetEarly } = require('../namespaces');

const server = http.createServer();
const io = new Server(server, settings.heartbeat);

serve(io, () => Object.assign(new Error('auth failed'), { data: { code: 401 } }));

// Not from the middleware: 4.x can send nothing before CONNECT.
io.of('/early').on('connection', greetEarly);

listen(server);
