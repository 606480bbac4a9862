// The second variant of egg's peer-to-peer example, on socket.io 2.5.1: presence in `/`, whose lists differ from those of the contract.
// A join has the ids of the earlier members alone; a leave has an object, which only has members that the server knows by name.
'use strict';

const http = require('http');
const socketio = require('socket.io-2');
const { parseDenyMsg, parseExchangeMsg, presence } = require('../messages');
const { settings, listen } = require('../program');

const server = http.createServer();
const io = socketio(server, settings.heartbeat);

/** The ids of the members by room. */
const rooms = new Map();

io.on('connection', (socket) => {
  const { room } = socket.handshake.query;
  if (room === 'gone') {
    socket.emit(socket.id, parseDenyMsg());
    socket.disconnect(true);
    return;
  }
  const members = rooms.get(room) ?? new Set();
  const earlier = [...members];
  rooms.set(room, members.add(socket.id));
  socket.join(room);
  io.to(room).emit('online', presence('join', socket.id, earlier));
  socket.on('disconnect', () => {
    members.delete(socket.id);
    io.to(room).emit('online', presence('leave', socket.id, {}));
  });
  socket.on('exchange', ({ target, payload }) => {
    io.emit(target, parseExchangeMsg(payload, { client: socket.id, target }));
  });
});

listen(server);
