// The namespaces of the contract, for socket.io 2.x and 4.x.
'use strict';

const { lab } = require('./lab');
const { chat } = require('./chat');
const { ptop } = require('./ptop');

const TOKEN = 'secret';

// Installs the namespaces. `refusal` makes the error of /auth, because 2.x and 4.x send different parts of an error.
function serve(io, refusal) {
  for (const name of ['/', '/lab', '/auth', '/early']) lab(io.of(name));
  io.of('/auth').use((socket, next) => next(token(socket.handshake) === TOKEN ? undefined : refusal()));
  chat(io.of('/chat'));
  ptop(io.of('/ptop'));
}

function token({ auth, query }) {
  return auth?.token ?? query.token;
}

function greetEarly(socket) {
  socket.emit('early', 1);
  socket.emit('early', 2);
}

module.exports = { serve, greetEarly };
