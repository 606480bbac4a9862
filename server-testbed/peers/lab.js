// The lab events, for socket.io 2.x and 4.x (egg has a controller for them).
'use strict';

// Each handler gets the socket, the arguments without the ack function, and the ack function or undefined.
const handlers = {
  echo(socket, args, ack) {
    if (ack) ack(...args);
    else socket.emit('echo', ...args);
  },

  question(socket, args) {
    socket.emit('question', ...args, (...answer) => socket.emit('answered', ...answer));
  },

  // With the in-memory adapter, join and leave are complete when they return.
  join(socket, [room], ack) {
    socket.join(room);
    if (ack) ack(room);
  },

  leave(socket, [room], ack) {
    socket.leave(room);
    if (ack) ack(room);
  },

  say(socket, [room, ...args], ack) {
    socket.nsp.to(room).emit('said', ...args);
    if (ack) ack();
  },

  flood(socket, [count, text]) {
    for (let i = 0; i < count; i += 1) socket.emit('tick', i, text);
    socket.emit('flooded', count);
  },

  silent() {},

  kick(socket) {
    socket.disconnect();
  },

  drop(socket) {
    socket.disconnect(true);
  },

  handshake(socket, args, ack) {
    const { query, auth = null, headers } = socket.handshake;
    if (ack) ack({ query, auth, headers });
  },
};

function lab(namespace) {
  namespace.on('connection', (socket) => {
    for (const [event, handler] of Object.entries(handlers)) {
      socket.on(event, (...args) => {
        const ack = typeof args.at(-1) === 'function' ? args.pop() : undefined;
        handler(socket, args, ack);
      });
    }
  });
}

module.exports = { lab };
