// The namespace /chat, for both generations of socket.io.
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
