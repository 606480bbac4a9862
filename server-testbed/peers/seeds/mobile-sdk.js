// A server with the contract of mobile-sdk, on socket.io 2.5.1: ids for each client, signed messages, and delivery by user id.
// The key of the application `signatureApp` is 0123456789abcdef0123456789abcdef.
'use strict';

const { createHash, randomUUID } = require('crypto');
const http = require('http');
const socketio = require('socket.io-2');
const { settings, listen } = require('../program');

const KEYS = { signatureApp: '0123456789abcdef0123456789abcdef' };

const server = http.createServer();
const io = socketio(server, settings.heartbeat);

/** The user id of each connected client by its socket id. */
const users = new Map();

function respond(socket, action, payload) {
  socket.emit('responseMessage', { meta: { timestamp: Date.now() }, data: { action, payload } });
}

function isSigned({ app, timestamp, sign }) {
  return sign === createHash('md5').update(`${app}${KEYS[app]}${timestamp}`).digest('hex');
}

// Before CONNECT, as from a middleware of egg.
io.use((socket, next) => {
  const userId = randomUUID();
  users.set(socket.id, userId);
  respond(socket, 'saveId', { socketId: socket.id, userId });
  next();
});

const actions = {
  // No answer: the ids were sent when the client connected.
  requestId() {},
  // Dropped without a word if the target is unknown under that user id.
  sendToOthers(socket, { target, userId }, payload) {
    const receiver = io.sockets.connected[target];
    if (receiver && users.get(target) === userId) respond(receiver, 'exchange', payload);
  },
  reconnectAndUpdates(socket, { userId }) {
    users.set(socket.id, userId);
    respond(socket, 'reconnectUpdated', 'socket userid updated!');
  },
};

io.on('connection', (socket) => {
  socket.on('disconnect', () => users.delete(socket.id));
  socket.on('requestMessage', ({ meta, data }) => {
    if (!isSigned(meta)) {
      respond(socket, 'exchange', `Illegal signature, disconnected client ${socket.id}`);
      socket.disconnect();
    } else {
      actions[data.action]?.(socket, meta, data.payload);
    }
  });
  // For tests of the reconnect: ends the connection of another client; tells the socket id that a user has now.
  socket.on('drop', (id) => io.sockets.connected[id]?.conn.close());
  socket.on('find', (userId, answer) => answer([...users].find(([, user]) => user === userId)?.[0] ?? ''));
});

listen(server);
