// Lets a client of /ptop into its room, tells the room who comes and goes, and kicks who asks for a room that is gone.
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
    // The adapter and not the socket: disconnect() does nothing to a socket that is not connected yet.
    // Only the adapter for Redis has it; without one egg fails here, and that is what its clients see.
    nsp.adapter.remoteDisconnect(socket.id, true, (error) => error && app.logger.error(error));
    return;
  }

  socket.join(room);
  announce('join');
  // Comes back when the client has left.
  await next();
  announce('leave');
};
