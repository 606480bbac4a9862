// The namespace /ptop, for socket.io 2.x and 4.x.
'use strict';

const { parseDenyMsg, parseExchangeMsg, presence } = require('./messages');
const { settings } = require('./program');

function ptop(namespace) {
  // A list of its own, because the adapters of 2.x and 4.x return members in different types.
  const members = new Map();

  namespace.on('connection', (socket) => {
    const { room } = socket.handshake.query;
    if (room === 'gone') {
      deny(socket);
      return;
    }
    enter(namespace, members, socket, room);
    socket.on('exchange', (message) => exchange(namespace, socket, message));
  });
}

function deny(socket) {
  socket.emit(socket.id, parseDenyMsg());
  socket.disconnect(true);
}

function enter(namespace, members, socket, room) {
  const present = members.get(room) ?? new Set();
  members.set(room, present.add(socket.id));
  const tell = (action, clients) => namespace.to(room).emit('online', presence(action, socket.id, clients));
  const announce = (action) => {
    if (!isShared(namespace)) return tell(action, [...present]);
    // An answer is missing if a node has just ended. The next announcement has the whole list.
    return clientsOnAllNodes(namespace, room).then((clients) => tell(action, clients), (error) => console.error(error.message));
  };

  socket.join(room);
  announce('join');
  socket.on('disconnect', () => {
    present.delete(socket.id);
    if (present.size === 0) members.delete(room);
    announce('leave');
  });
}

function isShared(namespace) {
  return settings.redis !== null && typeof namespace.fetchSockets === 'function';
}

async function clientsOnAllNodes(namespace, room) {
  const sockets = await namespace.in(room).fetchSockets();
  return sockets.map(({ id }) => id);
}

function exchange(namespace, socket, message) {
  const { target, payload } = message ?? {};
  if (typeof target !== 'string') return;
  namespace.emit(target, parseExchangeMsg(payload, { client: socket.id, target }));
}

module.exports = { ptop };
