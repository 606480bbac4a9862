// The namespace /chat, for socket.io 2.x and 4.x.
'use strict';

const { greeting } = require('./messages');

function chat(namespace) {
  namespace.on('connection', (socket) => {
    socket.emit('res', `auth!${greeting('auth')}`);
    socket.on('chat', () => {
      socket.emit('res', `packet!${greeting('packet')}`);
      socket.emit('res', greeting('chat'));
    });
  });
}

module.exports = { chat };
