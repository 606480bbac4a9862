// Joins a client of /ptop to its room, announces joins and leaves, and kicks a client of an unknown room.
'use strict';

module.exports = (app) => async (ctx, next) => {
  const { socket, helper } = ctx;
  const { room } = socket.handshake.query;
  const { nsp } = socket;

  const announce = (action) => {
    nsp.adapter.clients([room], (error, clients) => {
      if (error) app.logger.error(error);
      else nsp.to(room).emit('online', helper.presence(action, socket.id, clients));
    });
  };

  if (room === 'gone') {
    socket.emit(socket.id, helper.parseDenyMsg());
    // Not socket.disconnect(): it does nothing before the socket is connected.
    // Only the Redis adapter has this method. Without Redis egg fails here, and its clients get that error.
    nsp.adapter.remoteDisconnect(socket.id, true, (error) => error && app.logger.error(error));
    return;
  }

  socket.join(room);
  announce('join');
  // Resolves when the client has left.
  await next();
  announce('leave');
};
